-- 37-matview-of-bypassrls: a materialized view whose owner may bypass the policies of a table.
--
do $$ begin if not exists (select from pg_roles where rolname='reporter') then create role reporter bypassrls; create role clerk; end if; end $$;
grant create, usage on schema public to reporter;
create table d (id int primary key, tenant text); insert into d values (1,'a'),(2,'b'),(3,'c');
alter table d enable row level security;
create policy own on d using (tenant = 'a');
grant select on d to reporter;
set role reporter;
create materialized view m as select count(*) as n from public.d;
