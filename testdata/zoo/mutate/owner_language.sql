-- owner_language.sql: pltwin: another owner
-- Caught by  privileges
alter language pltwin owner to pg_monitor;
