-- constraint_check.sql: zoo.checks.b_known: one literal.
-- Caught by  constraints
alter table zoo.checks
    drop constraint b_known,
    add constraint b_known check (b in ('x', 'q', '') or b like 'z%');
