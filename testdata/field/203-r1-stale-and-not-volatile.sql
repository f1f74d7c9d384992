-- 203-r1-stale-and-not-volatile: a materialized view that was not refreshed after its table changed, and one on top of it.
--
-- Restore   fails materialized_views: stale
-- Names     public.stale was stale at the dump: refresh it before the dump
-- Names     public.on_top was stale at the dump: refresh it before the dump
create table t (id int primary key, a text);
create materialized view stale as select count(*) as n, string_agg(a, ',' order by id) as list from t;
create view between_them as select n + 1 as n from stale;
create materialized view on_top as select n, 'now() and random()' as a from between_them;
create materialized view fresh as select 1 as n;
insert into t values (1, 'x');
