-- constraint_unchecked.sql: zoo.targets: foreign keys are not checked.
-- Caught by  constraint_triggers
alter table zoo.targets disable trigger all;
