-- 37b-r3-definer-and-invoker: views through functions that run as a superuser, and through a security invoker view.
--
-- Majors    15
do $$ begin if not exists (select from pg_roles where rolname = 'field_37s') then create role field_37s superuser; create role field_37u; end if; end $$;
create schema hidden;
create table hidden.t (id int primary key);
insert into hidden.t values (1);
create function hidden.n() returns bigint language sql stable security definer as 'select count(*) from hidden.t';
alter function hidden.n() owner to field_37s;
create table seen (id int);
grant select on seen to field_37u;
grant usage on schema hidden to field_37u;
create view asks with (security_invoker = true) as select id from seen;
grant select on asks to field_37u;
create materialized view m1 as select hidden.n();
alter materialized view m1 owner to field_37u;
create materialized view m2 as select id from asks;
alter materialized view m2 owner to field_37u;
