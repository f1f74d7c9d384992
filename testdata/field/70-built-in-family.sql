-- 70-built-in-family: an operator added to an operator family of initdb.
--
-- Names     operator 1 (integer, public.mynum) of pg_catalog.integer_ops USING btree in pg_catalog was made there
-- To        newer
create type mynum as (v int);
create function my_lt(int, mynum) returns bool language sql immutable as 'select $1 < ($2).v';
create operator < (leftarg = int, rightarg = mynum, function = my_lt);
alter operator family pg_catalog.integer_ops using btree add operator 1 <(int, mynum);
create table t (id int primary key);
insert into t values (1);
