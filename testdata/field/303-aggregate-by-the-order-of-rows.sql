-- 303-aggregate-by-the-order-of-rows: the result of a user-defined aggregate depends on the order of rows, which a restore may change.
--
-- Restore   fails materialized_views: first_seen
-- Names     depends on the physical order of rows (first_of())
-- Names     -volatile public.first_seen
create function keep(text, text) returns text language sql immutable as 'select coalesce($1, $2)';
create aggregate first_of(text) (sfunc = keep, stype = text);
create table t (id int primary key, a text);
insert into t values (1, 'x'), (2, 'y');
create materialized view first_seen as select first_of(a) as a from t;
update t set a = 'z' where id = 1;
