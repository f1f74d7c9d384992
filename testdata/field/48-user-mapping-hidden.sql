-- 48-user-mapping-hidden: the role that dumps does not see the options of mappings, and the archive lacks them.
--
-- Majors    14
-- Needs     postgres_fdw
-- As        backup
-- Names     options of the user mapping for postgres on server far
-- Names     options of the user mapping for public on server far
create extension postgres_fdw;
do $$ begin if not exists (select from pg_roles where rolname = 'backup') then create role backup login in role pg_read_all_data; end if; end $$;
create server far foreign data wrapper postgres_fdw options (host 'x');
create user mapping for postgres server far options (user 'remote', password 'secret-55');
create user mapping for public server far options (user 'pub', password 'secret-56');
create table t (id int primary key);
insert into t values (1);
grant usage on foreign server far to backup;
