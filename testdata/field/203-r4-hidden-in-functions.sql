-- 203-r4-hidden-in-functions: the clock in a default argument, in a type's input, in a set that is returned, and behind a domain.
--
-- Restore   fails materialized_views
-- Names     public.by_input was stale at the dump, or refreshed at another time or under other settings than in the restore (its query has a cast of text to timestamp with time zone)
-- Names     public.by_argument depends on the clock (clock_timestamp())
-- Names     public.by_set depends on
create table t (id int primary key, word text);
insert into t values (1, 'now');
create function f(at timestamptz default clock_timestamp()) returns timestamptz language sql immutable as 'select at';
create function s() returns setof timestamptz language plpgsql as $$ begin return next clock_timestamp(); end $$;
create materialized view by_input as select id, word::timestamptz as at from t;
create materialized view by_argument as select id, f() as at from t;
create materialized view by_set as select at from s() as at;
create materialized view calm as select id, timestamptz 'today' as at from t;
