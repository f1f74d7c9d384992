-- 28-r1-roles-within-values: roles in arrays, domains, composite types, and tables whose names need quoting.
--
-- Names     field 28 h
-- Names     field 28 "d"
do $$ declare name text; begin
    foreach name in array '{field 28 a,"field 28,b",field_28_c,"field 28 \"d\"",field 28 e,field 28 f,field 28 g,field 28 h}'::text[] loop
        if not exists (select from pg_roles where rolname = name) then execute format('create role %I', name); end if;
    end loop;
end $$;
create domain who as regrole;
create domain team as regrole[];
create type act as (n int, by regrole, acl aclitem[]);
create type acts as (list act[], boss who);
create domain kept as acts;
create schema "Ü b";
create table "Ü b"."t ""x" ("c ol" regrole, "list" regrole[], w who, t team);
insert into "Ü b"."t ""x" values ('"field 28 a"', array['"field 28,b"'::regrole, null, '-'], 'field_28_c', array['"field 28 ""d"""'::regrole]), (99999, null, null, null);
create table log (k kept, note jsonb);
insert into log values (row(array[row(1, '"field 28 e"', array['"field 28 f"=r/"field 28 g"'::aclitem])::act], '"field 28 h"')::acts), (null);
create table part (r regrole) partition by list (r);
create table part_1 partition of part default;
insert into part values ('field_28_c');
