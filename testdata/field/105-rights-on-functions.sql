-- 105-rights-on-functions: rights that everyone has by default were revoked.
--
-- As        field_bk6
-- Dump      refused: grant select on pg_catalog.pg_proc to field_bk6; grant select on pg_catalog.pg_settings to field_bk6
do $$ begin
    if not exists (select from pg_roles where rolname = 'field_bk6') then
        create role field_bk6 login;
    end if;
end $$;
revoke execute on function pg_catalog.lo_get(oid), pg_catalog.lo_get(oid, bigint, int),
    pg_catalog.query_to_xml(text, boolean, boolean, text), pg_catalog.pg_export_snapshot() from public;
revoke select on pg_catalog.pg_proc, pg_catalog.pg_settings from public;
create table t (id int primary key);
insert into t values (1);
grant select on t to field_bk6;
