-- 91b-r1-roles-that-views-ask-for: a materialized view asks for the rights of a role that nothing else names.
--
-- Names     field_91 "b"
do $$ begin if not exists (select from pg_roles where rolname = 'field_91 "b"') then create role "field_91 ""b"""; create role field_91c; end if; end $$;
create table t (id int primary key);
create view may as select has_table_privilege('field_91 "b"', 'public.t', 'select') as may;
create materialized view m as select may, pg_has_role('field_91c', 'field_91 "b"', 'member') as is_member from may;
