-- constraint_not_valid.sql: a constraint that existing rows need not satisfy.
--
-- Who       the table's owner
-- Caught by record/invariant/constraints
alter table public.audit_events drop constraint audit_events_timestamp_is_finite;

alter table public.audit_events
    add constraint audit_events_timestamp_is_finite check (pg_catalog.isfinite("timestamp")) not valid;
