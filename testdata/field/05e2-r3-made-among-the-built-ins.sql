-- 05e2-r3-made-among-the-built-ins: a function, a type and a view created in pg_catalog are in no archive.
--
-- Names     function pg_catalog.twice(integer) in pg_catalog was made there
-- Names     type pg_catalog.shade in pg_catalog was made there
-- Names     view information_schema.mine in information_schema was made there
create function pg_catalog.twice(int) returns int language sql as 'select $1 * 2';
create type pg_catalog.shade as enum ('light', 'dark');
create view information_schema.mine as select 1 as a;
