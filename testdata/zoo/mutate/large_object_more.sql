-- large_object_more.sql: large object 910499: a new one.
-- Caught by  large_objects
select pg_catalog.lo_from_bytea(910499, 'new');
