-- owner_function.sql: zoo.is_even: another owner
-- Caught by  privileges
alter function zoo.is_even(integer) owner to pg_monitor;
