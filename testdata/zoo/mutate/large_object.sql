-- large_object.sql: large object 910007: one byte.
-- Caught by  large_objects
select pg_catalog.lo_put(910007, 70000, '\x00');
