-- owner_statistics.sql: zoo.s_all: another owner
-- Caught by  privileges
alter statistics zoo.s_all owner to pg_monitor;
