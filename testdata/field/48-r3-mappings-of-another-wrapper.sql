-- 48-r3-mappings-of-another-wrapper: a role with rights on each table; it sees its own mapping, but not that of a role of which it is not a member.
--
-- Majors    14
-- As        field_482
-- Names     options of the user mapping for pg_monitor on server far
do $$ begin if not exists (select from pg_roles where rolname = 'field_482') then create role field_482 login; end if; end $$;
create foreign data wrapper wrap;
create server far foreign data wrapper wrap;
create user mapping for pg_monitor server far options (secret 'x');
create user mapping for field_482 server far options (secret 'y');
create table t (id int primary key);
grant select on t to field_482;
grant usage on foreign server far to field_482;
