-- large_object_longer.sql: large object 910005: one zero byte at the end.
-- Caught by  large_objects
select pg_catalog.lo_put(910005, 2048, '\x00');
