-- 70-r1-function-of-a-built-in-family: a support function.
--
-- Names     of pg_catalog.integer_ops USING hash in pg_catalog was made there
create type mynum as (v int);
create function my_hash(mynum) returns int language sql immutable as 'select ($1).v';
alter operator family pg_catalog.integer_ops using hash add function 1 (mynum, mynum) my_hash(mynum);
