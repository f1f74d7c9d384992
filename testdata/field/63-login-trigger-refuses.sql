-- 63-login-trigger-refuses: an event trigger that refuses logins to any other database than its own.
--
-- Majors    17
create table t (id int primary key);
insert into t values (1);
select format($f$create function guard() returns event_trigger language plpgsql as
    $$ begin if current_database() <> %L then raise exception 'logins as %% are not allowed here', session_user; end if; end $$$f$, current_database()) \gexec
create event trigger guard on login execute function guard();
