-- constraint_check_enforced_needs19.sql: zoo_new.enforced_later.n_enforced_later: not enforced any more.
-- Caught by  constraints
alter table zoo_new.enforced_later alter constraint n_enforced_later not enforced;
