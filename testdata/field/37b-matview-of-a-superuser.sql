-- 37b-matview-of-a-superuser: materialized views that only a superuser's rights can fill.
--
do $$ begin if not exists (select from pg_roles where rolname='dba2') then create role dba2 superuser; end if; end $$;
create table d (id int primary key, tenant text); insert into d values (1,'a'),(2,'b'),(3,'c');
alter table d enable row level security;
set role dba2;
create materialized view m as select count(*) as n from public.d;
create materialized view m2 as select setting from pg_settings where name = 'data_directory_mode';
