-- 63-r1-login-trigger-for-the-role: logins but those of the superuser are refused by an event trigger that is enabled always; the role that dumps is the superuser.
--
-- Majors    17
create table t (id int primary key);
insert into t values (1);
select format($f$create function guard() returns event_trigger language plpgsql as
    $$ begin if session_user <> %L then raise exception 'only administrators'; end if; perform set_config('role', 'pg_monitor', false); end $$$f$, session_user) \gexec
create event trigger guard on login execute function guard();
alter event trigger guard enable always;
