-- constraint_inherit.sql: zoo.checks.no_inherit_law: inherited now.
-- Caught by  constraints
alter table zoo.checks
    drop constraint no_inherit_law,
    add constraint no_inherit_law check (a < 1000000);
