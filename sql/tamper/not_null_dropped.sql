-- not_null_dropped.sql: a column may be NULL.
--
-- Who       the table's owner
-- Caught by record/invariant/columns, probe/laws_hold
alter table public.audit_events alter column actor drop not null;
