-- constraint_dropped.sql: a constraint of the table is gone.
--
-- Who       the table's owner
-- Caught by record/invariant/constraints
alter table public.audit_events drop constraint audit_events_timestamp_is_finite;
