-- 64-r1-login-trigger-of-many-deeds: event triggers on login that change a session, count, and take a lock; one is disabled.
--
-- Majors    17
-- Format    plain
create table visits (day date primary key, n int not null);
create sequence seen;
create function count_login() returns event_trigger language plpgsql as $$ begin
    perform nextval('public.seen');
    insert into public.visits values (date '2024-01-01', 1) on conflict (day) do update set n = visits.n + 1;
    perform set_config('timezone', 'Asia/Tokyo', false), set_config('search_path', 'hostile', false), pg_advisory_lock(64);
end $$;
create event trigger count_login on login execute function count_login();
alter event trigger count_login enable always;
create function never() returns event_trigger language plpgsql as $$ begin raise exception 'never'; end $$;
create event trigger never on login execute function never();
alter event trigger never disable;
create function keep() returns event_trigger language plpgsql as $$ begin raise exception 'tables stay'; end $$;
create event trigger keep on sql_drop execute function keep();
