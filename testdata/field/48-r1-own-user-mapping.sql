-- 48-r1-own-user-mapping: the role's own mapping is seen, and carried.
--
-- Majors    14
-- Needs     postgres_fdw
-- As        backup
-- Unnamed   options of the user mapping
create extension postgres_fdw;
do $$ begin if not exists (select from pg_roles where rolname = 'backup') then create role backup login in role pg_read_all_data; end if; end $$;
create server far foreign data wrapper postgres_fdw options (host 'x');
create user mapping for backup server far options (user 'remote', password 'secret-55');
grant usage on foreign server far to backup;
