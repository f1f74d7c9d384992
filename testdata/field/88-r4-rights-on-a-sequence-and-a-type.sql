-- 88-r4-rights-on-a-sequence-and-a-type: what is missing is in another schema, of a column default and of a partition.
--
-- As        field_bk9
-- Dump      refused: grant select on sequence app.counter to field_bk9
do $$ begin if not exists (select from pg_roles where rolname = 'field_bk9') then create role field_bk9 login; end if; end $$;
create schema app;
create sequence app.counter;
create table app.t (id int primary key default nextval('app.counter'));
create table app.p (a int) partition by list (a);
create table app.p1 partition of app.p for values in (1);
grant usage on schema app to field_bk9;
grant select on all tables in schema app to field_bk9;
