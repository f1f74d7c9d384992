-- guard_disabled.sql: UPDATE and DELETE are no longer refused: the trigger is disabled.
--
-- Who       the table's owner
-- Caught by record/invariant/triggers
alter table public.audit_events disable trigger audit_events_append_only;
