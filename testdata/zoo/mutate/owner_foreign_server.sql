-- owner_foreign_server.sql: zoo_server: another owner
-- Caught by  privileges
alter server zoo_server owner to pg_monitor;
