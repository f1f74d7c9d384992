-- owner_conversion.sql: zoo.latin1_in: another owner
-- Caught by  privileges
alter conversion zoo.latin1_in owner to pg_monitor;
