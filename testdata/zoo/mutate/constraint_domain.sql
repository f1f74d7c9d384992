-- constraint_domain.sql: zoo.year: the check that is not valid is gone.
-- Caught by  constraints
alter domain zoo.year drop constraint year_recent;
