-- built_in_changed.sql: a built-in function with a higher cost.
--
-- Who       a superuser
-- Lost      a plain dump does not show it
-- Caught by record/invariant/altered_objects
alter function pg_catalog.sha256(bytea) cost 1000;
