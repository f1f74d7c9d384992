-- 105-r1-rights-on-a-function-of-the-record: pg_dump does not need it, so there is an archive, and one file is not covered.
--
-- As        field_bk7
-- Dump      incomplete: invariant/large_objects.sql (permission denied for function lo_get (SQLSTATE 42501))
-- Names     grant execute on function pg_catalog.lo_get(oid,bigint,integer) to field_bk7
do $$ begin
    if not exists (select from pg_roles where rolname = 'field_bk7') then
        create role field_bk7 login;
    end if;
end $$;
revoke execute on function pg_catalog.lo_get(oid, bigint, int) from public;
create table t (id int primary key);
insert into t values (1);
grant select on t to field_bk7;
