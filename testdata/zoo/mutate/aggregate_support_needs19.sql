-- aggregate_support_needs19.sql: zoo_new.supported_sum: its support function.
-- Caught by  aggregates
create or replace aggregate zoo_new.supported_sum (integer) (sfunc = pg_catalog.int4pl, stype = integer);
