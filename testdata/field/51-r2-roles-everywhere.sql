-- 51-r2-roles-everywhere: roles that only policies, default privileges, mappings or grantors name; names of 63 bytes and of punctuation.
--
-- Format    directory
do $do$ declare name text; begin
    foreach name in array array['none ', '%s %I', '@user=x', 'a/b:c', repeat('ü', 31), 'pg', 'current_user', 'session_user', 'all', '0', '-r'] loop
        if not exists (select from pg_roles where rolname = name) then execute format('create role %I', name); end if;
    end loop;
    for name in select rolname from pg_roles where rolname in ('@user=x', '0') loop execute format('alter role %I superuser bypassrls', name); end loop;
end $do$;
create table t (id int primary key, a text);
grant select on t to "@user=x", "current_user" with grant option;
set role "current_user";
grant select on t to "%s %I", "session_user";
reset role;
grant insert (a), references (id) on t to "all" with grant option;
grant usage on language plpgsql to "-r";
alter default privileges for role "0" revoke execute on functions from public;
alter default privileges for role "a/b:c" in schema public grant all on sequences to "none " with grant option;
create policy p on t to "pg", "üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü" using (true);
create schema s authorization "-r";
create function s.f() returns int language sql as 'select 1';
alter function s.f() owner to "0";
select lo_create(5151);
alter large object 5151 owner to "a/b:c";
grant update on large object 5151 to "@user=x";
