-- 203-matview-of-now: a materialized view that holds the time of its refresh.
--
-- Restore   fails materialized_views: m
-- Names     public.m depends on the clock (now())
-- Names     -volatile public.m
create materialized view m as select now() as t;
