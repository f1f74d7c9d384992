-- constraint_validated.sql: zoo_many.many_02.to_neighbour: validated, though it was dumped as not valid.
-- Caught by  constraints
alter table zoo_many.many_02 validate constraint to_neighbour;
