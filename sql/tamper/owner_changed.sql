-- owner_changed.sql: the table of the audit trail belongs to another role, which may turn its guard off.
--
-- Who       a superuser
-- Caught by record/invariant/privileges
alter table public.audit_events owner to pg_monitor;
