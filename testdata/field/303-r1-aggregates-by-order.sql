-- 303-r1-aggregates-by-order: lists, sums of floats and windows without an order in the query; those with an order stay the same.
--
-- Restore   fails materialized_views: list
-- Names     public.list depends on the physical order of rows (array_agg())
-- Names     public.firsts depends on the physical order of rows
-- Unnamed   public.ordered
create table t (id int primary key, a text, f float8);
insert into t values (1, 'x', 0.1), (2, 'y', 1e16), (3, 'z', -1e16);
create materialized view list as select array_agg(a) as l from t;
create materialized view firsts as select distinct on (f > 0) f > 0 as p, a from t;
create materialized view ordered as select array_agg(a order by a) as l, string_agg(a, ',' order by id desc) as s from t;
update t set a = 'q', f = f * 1 where id = 1;
refresh materialized view ordered;
