-- grant_table.sql: zoo.checks: another right of everybody
-- Caught by  privileges
grant update on zoo.checks to public;
