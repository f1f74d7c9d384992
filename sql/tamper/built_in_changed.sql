-- built_in_changed.sql: a function of PostgreSQL that costs more.
--
-- Who       a superuser
-- Lost      a plain dump does not show it
-- Caught by record/invariant/altered_objects
alter function pg_catalog.sha256(bytea) cost 1000;
