-- 64-r3-login-trigger-that-locks: it locks the table of its log exclusively, and sets limits for the session.
--
-- Majors    17
create table logins (n bigint primary key);
insert into logins values (0);
create function on_login() returns event_trigger language plpgsql as $$ begin
    lock table public.logins in access exclusive mode;
    update public.logins set n = n + 1;
    perform set_config('statement_timeout', '1ms', false), set_config('lock_timeout', '1ms', false), set_config('row_security', 'off', false);
end $$;
create event trigger on_login on login execute function on_login();
