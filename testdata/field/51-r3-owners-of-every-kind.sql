-- 51-r3-owners-of-every-kind: each object belongs to a role that is not a superuser and may not create it there.
--
-- To        newer
do $$ begin if not exists (select from pg_roles where rolname = 'owner of all') then create role "owner of all"; end if; end $$;
create schema "owner of all" authorization "owner of all";
create table t (id serial primary key, n int generated always as identity, b bytea);
create view v as select id from t;
create materialized view m as select id from t;
create type e as enum ('a'); create type c as (a int); create domain d as int; create type r as range (subtype = int);
create function f() returns trigger language plpgsql as 'begin return new; end';
create procedure p() language sql as '';
create aggregate total (int) (sfunc = int4pl, stype = int);
create operator ### (function = int4eq, leftarg = int, rightarg = int);
create operator family fam using btree; create operator class cl for type int using btree family fam as operator 3 =, function 1 btint4cmp(int, int);
create collation co (locale = 'C'); create conversion conv for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
create text search dictionary di (template = simple); create text search configuration cf (copy = simple);
create foreign data wrapper w; create server s foreign data wrapper w; create foreign table ft (a int) server s;
create publication pub;
create statistics st on id, n from t;
do $$
declare one record;
begin
    for one in select unnest(array['table t', 'view v', 'materialized view m', 'type e', 'type c', 'domain d', 'type r', 'function f()', 'procedure p()', 'aggregate total(int)',
        'operator ###(int, int)', 'operator family fam using btree', 'operator class cl using btree', 'collation co', 'conversion conv', 'text search dictionary di',
        'text search configuration cf', 'server s', 'foreign table ft', 'statistics st']) as what
    loop
        execute format('alter %s owner to "owner of all"', one.what);
    end loop;
end $$;
insert into t values (1);
refresh materialized view m;
