-- constraint_missing.sql: zoo.checks.row_law: gone.
-- Caught by  constraints
alter table zoo.checks drop constraint row_law;
