-- constraint_not_null_needs18.sql: zoo_new.not_nulls.own_no_inherit: its name.
-- Caught by  constraints
alter table zoo_new.not_nulls rename constraint own_no_inherit to own_is_there;
