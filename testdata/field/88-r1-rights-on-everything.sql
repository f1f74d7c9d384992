-- 88-r1-rights-on-everything: all missing rights are listed before any work starts, each with the statement that grants it.
--
-- As        field_bk3
-- Dump      refused: grant usage on schema "Sales" to field_bk3; grant select on sequence "Sales".s to field_bk3; grant select on "Sales"."T 1" to field_bk3; grant select on public.t to field_bk3; grant select on "Sales".m to field_bk3
do $$ begin
    if not exists (select from pg_roles where rolname = 'field_bk3') then
        create role field_bk3 login;
    end if;
end $$;
create schema "Sales";
create table "Sales"."T 1" (id int primary key);
create sequence "Sales".s;
create materialized view "Sales".m as select 1 as one;
create view "Sales".v as select 1 as one;
create table t (id int primary key, a text);
grant select (id) on t to field_bk3;
