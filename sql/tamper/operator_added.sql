-- operator_added.sql: an operator that was not dumped.
--
-- Who       anyone who may create objects in the database
-- Caught by record/invariant/operators
create operator public.=== (leftarg = integer, rightarg = integer, function = pg_catalog.int4eq);
