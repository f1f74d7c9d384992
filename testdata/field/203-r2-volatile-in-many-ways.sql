-- 203-r2-volatile-in-many-ways: views over random numbers, samples, catalogs, roles, other servers, functions and the order of rows.
--
-- Restore   fails materialized_views: by_date
-- Names     public.dice depends on random numbers (gen_random_uuid(), random())
-- Names     public.by_date depends on the clock (current_timestamp)
-- Names     public.through_a_view depends on the clock (clock_timestamp())
-- Names     public."On Top" depends on the clock (clock_timestamp())
-- Names     public.oids depends on the catalogs (pg_class)
-- Names     public.of_a_function depends on a function that is not immutable (counted())
create table t (id int primary key, a text);
insert into t select n, n::text from generate_series(1, 10) as n;
create materialized view dice as select random() as r, gen_random_uuid() as u;
create materialized view by_date as select id, current_timestamp as at from t;
create view clock as select clock_timestamp() as at;
create materialized view through_a_view as select at from clock;
create materialized view "On Top" as select at from through_a_view;
create materialized view oids as select oid, relname from pg_class where relname = 't';
create sequence counter;
create function counted() returns bigint language sql as $$ select nextval('public.counter') $$;
create materialized view of_a_function as select id, counted() as n from t;
refresh materialized view of_a_function;
