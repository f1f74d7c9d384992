-- owner_type.sql: zoo.mood: another owner
-- Caught by  privileges
alter type zoo.mood owner to pg_monitor;
