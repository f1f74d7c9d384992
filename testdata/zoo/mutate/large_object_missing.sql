-- large_object_missing.sql: large object 910010: gone.
-- Caught by  large_objects
select pg_catalog.lo_unlink(910010);
