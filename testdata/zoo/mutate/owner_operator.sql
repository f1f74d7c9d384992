-- owner_operator.sql: zoo.|+|: another owner
-- Caught by  privileges
alter operator zoo.|+| (text, text) owner to pg_monitor;
