-- 48-r2-mapping-of-the-servers-owner: the owner of the server sees the public mapping, but not that of another role.
--
-- Majors    14
-- Needs     postgres_fdw
-- As        field_48
-- Names     options of the user mapping for postgres on server far
-- Unnamed   options of the user mapping for public
create extension postgres_fdw;
do $$ begin if not exists (select from pg_roles where rolname = 'field_48') then create role field_48 login in role pg_read_all_data; end if; end $$;
create server far foreign data wrapper postgres_fdw options (host 'x');
alter server far owner to field_48;
create user mapping for postgres server far options (user 'remote', password 'secret-57');
create user mapping for public server far options (user 'pub', password 'secret-58');
