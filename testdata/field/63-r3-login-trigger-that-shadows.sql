-- 63-r3-login-trigger-that-shadows: at each login it makes temporary tables with the names of catalogs, and changes settings.
--
-- Majors    17
-- To        newer
create table t (id int primary key, at timestamptz);
insert into t values (1, '2024-01-01');
create function shadow() returns event_trigger language plpgsql as $$ begin
    create temporary table if not exists pg_class (oid oid, relname name);
    create temporary table if not exists pg_proc (oid oid);
    perform set_config('timezone', 'Asia/Tokyo', false), set_config('search_path', 'pg_temp, public', false),
        set_config('session_replication_role', 'replica', false), set_config('default_transaction_read_only', 'off', false);
end $$;
create event trigger shadow on login execute function shadow();
alter event trigger shadow enable always;
