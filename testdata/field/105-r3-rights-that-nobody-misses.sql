-- 105-r3-rights-that-nobody-misses: rights revoked from public on objects that neither a dump nor a record reads.
--
-- Majors    14
-- As        field_bk10
do $$ begin if not exists (select from pg_roles where rolname = 'field_bk10') then create role field_bk10 login; end if; end $$;
revoke execute on function pg_catalog.pg_sleep(float8) from public;
revoke execute on function pg_catalog.random() from public;
revoke select on pg_catalog.pg_stat_activity from public;
revoke usage on language plpgsql from public;
revoke usage on type int4range from public;
create table t (id int primary key);
insert into t values (1);
grant select on t to field_bk10;
