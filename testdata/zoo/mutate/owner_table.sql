-- owner_table.sql: zoo.checks: another owner
-- Caught by  privileges
alter table zoo.checks owner to pg_monitor;
