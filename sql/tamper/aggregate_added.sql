-- aggregate_added.sql: an aggregate that was not dumped.
--
-- Who       anyone who may create objects in the database
-- Caught by record/invariant/aggregates
create aggregate public.smuggled (integer) (sfunc = pg_catalog.int4pl, stype = integer);
