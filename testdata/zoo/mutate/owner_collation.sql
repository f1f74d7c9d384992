-- owner_collation.sql: zoo.plain: another owner
-- Caught by  privileges
alter collation zoo.plain owner to pg_monitor;
