-- 05f-cast-with-a-function-in-pg-catalog: a recipe for PostgreSQL 8.3 that is still in use; the function is in no archive, but the cast is.
--
-- Restore   error: someone created text(integer) in pg_catalog, and an archive has nothing from there
create function pg_catalog.text(integer) returns text strict immutable language sql as 'select textin(int4out($1));';
create cast (integer as text) with function pg_catalog.text(integer) as implicit;
create table p (id int primary key, name text);
insert into p values (1, 'x');
