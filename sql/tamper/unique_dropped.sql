-- unique_dropped.sql: two events may have the same id.
--
-- Who       the table's owner
-- Caught by record/invariant/constraints
alter table public.audit_events drop constraint audit_events_id_is_unique;
