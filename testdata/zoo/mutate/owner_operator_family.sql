-- owner_operator_family.sql: zoo.empty_family: another owner
-- Caught by  privileges
alter operator family zoo.empty_family using gin owner to pg_monitor;
