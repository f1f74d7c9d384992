-- 70-r2-class-in-a-built-in-family: the class brings its operators and functions along; nothing is lost.
--
-- Unnamed   was made there
-- To        newer
create type num as (v int);
create function num_lt(num, num) returns bool language sql immutable as 'select ($1).v < ($2).v';
create function num_le(num, num) returns bool language sql immutable as 'select ($1).v <= ($2).v';
create function num_eq(num, num) returns bool language sql immutable as 'select ($1).v = ($2).v';
create function num_ge(num, num) returns bool language sql immutable as 'select ($1).v >= ($2).v';
create function num_gt(num, num) returns bool language sql immutable as 'select ($1).v > ($2).v';
create function num_cmp(num, num) returns int language sql immutable as 'select ($1).v - ($2).v';
create operator @< (leftarg = num, rightarg = num, function = num_lt);
create operator @<= (leftarg = num, rightarg = num, function = num_le);
create operator @= (leftarg = num, rightarg = num, function = num_eq);
create operator @>= (leftarg = num, rightarg = num, function = num_ge);
create operator @> (leftarg = num, rightarg = num, function = num_gt);
create operator class num_ops for type num using btree family pg_catalog.integer_ops as
    operator 1 @<, operator 2 @<=, operator 3 @=, operator 4 @>=, operator 5 @>, function 1 num_cmp(num, num);
create table t (id num);
create index on t (id num_ops);
insert into t values (row(2)), (row(1));
