-- constraint_enforced_needs18.sql: zoo_new.not_enforced: a check that breaks no row any more, still not enforced.
-- Caught by  constraints
alter table zoo_new.not_enforced
    drop constraint n_hoped,
    add constraint n_hoped check (n > -5) not enforced;
