-- 37-r1-rights-by-membership: a materialized view whose owner reads by the rights of roles that it is a member of.
--
-- Format    plain
do $$ begin if not exists (select from pg_roles where rolname = 'field_37_clerk') then
    create role field_37_clerk; create role "field 37 staff"; create role field_37_all bypassrls;
    grant field_37_all to "field 37 staff"; grant "field 37 staff" to field_37_clerk;
end if; end $$;
create schema s authorization field_37_clerk;
create table d (id int primary key, tenant text);
insert into d values (1, 'a'), (2, 'b'), (3, 'c');
grant select on d to field_37_all;
set role field_37_clerk;
create materialized view s.m as select count(*) as n from public.d;
