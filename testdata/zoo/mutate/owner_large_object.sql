-- owner_large_object.sql: 910002: another owner
-- Caught by  privileges
alter large object 910002 owner to pg_monitor;
