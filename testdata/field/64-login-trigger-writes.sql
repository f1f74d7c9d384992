-- 64-login-trigger-writes: an event trigger that writes a row for each login.
--
-- Majors    17
create table user_login_log (who text, at timestamptz default now());
create function log_login() returns event_trigger security definer language plpgsql as
    $$ begin if not pg_is_in_recovery() then insert into public.user_login_log (who) values (session_user); end if; end $$;
create event trigger log_login on login execute function log_login();
alter event trigger log_login enable always;
