-- grant_option.sql: zoo.checks: a right that may be handed on
-- Caught by  privileges
grant select on zoo.checks to pg_monitor with grant option;
