-- 91b-roles-only-in-data: a role that only grants in a copy of a catalog name.
--
-- Names     hr_reader
do $$ begin if not exists (select from pg_roles where rolname='hr_reader') then create role hr_reader; end if; end $$;
create table t (id int primary key); grant select on t to hr_reader; create table acl_snapshot as select relname, relacl from pg_class where relname = 't'; revoke all on t from hr_reader;
create table proc_snapshot as select oid, proname, prosupport from pg_proc where proname in ('upper','abs');
