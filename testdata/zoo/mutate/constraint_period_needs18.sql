-- constraint_period_needs18.sql: zoo_new.period_pointers.to_period: gone.
-- Caught by  constraints
alter table zoo_new.period_pointers drop constraint to_period;
