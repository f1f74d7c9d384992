-- owner_schema.sql: zoo_text: another owner
-- Caught by  privileges
alter schema zoo_text owner to pg_monitor;
