-- lock_constraint_gone.sql: the lock table may hold several rows.
--
-- Who       the lock table's owner
-- Caught by record/invariant/constraints
alter table public.audit_chain_lock drop constraint audit_chain_lock_pkey;
