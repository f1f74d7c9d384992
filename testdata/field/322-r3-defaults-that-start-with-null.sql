-- 322-r3-defaults-that-start-with-null: these are no NULL.
--
-- To        newer
create table t (a bool default (null::text is null), b text default coalesce(null, 'x'), c int generated always as (null::int) stored, d text default null || 'x', e int[] default array[null::int]);
insert into t default values;
