-- 64-r2-login-triggers-of-other-events: a login trigger among triggers on other events, whose tags and states are kept; in a tar archive.
--
-- Majors    17
-- Format    tar
-- To        newer
create table seen (n int);
create function on_login() returns event_trigger language plpgsql as $$ begin insert into public.seen values (1); set role pg_monitor; end $$;
create function on_ddl() returns event_trigger language plpgsql as $$ begin if tg_tag = 'CREATE TABLE' then raise exception 'no tables'; end if; end $$;
create event trigger a_login on login execute function on_login();
create event trigger b_ddl on ddl_command_start when tag in ('CREATE TABLE', 'DROP TABLE') execute function on_ddl();
create event trigger c_rewrite on table_rewrite execute function on_ddl();
alter event trigger a_login enable always;
alter event trigger b_ddl enable replica;
alter event trigger c_rewrite disable;
