-- 05f-r1-index-over-a-function-in-pg-catalog: the same with an index.
--
-- Restore   error: someone created twice(integer) in pg_catalog
create function pg_catalog.twice(integer) returns integer immutable language sql as 'select $1 * 2';
create table p (id int);
create index p_twice on p (twice(id));
