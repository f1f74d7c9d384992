-- owner_operator_class.sql: zoo.last_digit_hash: another owner
-- Caught by  privileges
alter operator class zoo.last_digit_hash using hash owner to pg_monitor;
