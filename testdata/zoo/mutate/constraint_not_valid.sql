-- constraint_not_valid.sql: zoo.checks.a_even: valid becomes not valid.
-- Caught by  constraints
alter table zoo.checks
    drop constraint a_even,
    add constraint a_even check (zoo.is_even(a)) not valid;
