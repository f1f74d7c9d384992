-- guard_dropped.sql: UPDATE and DELETE are no longer refused: the trigger is gone.
--
-- Who       the table's owner
-- Caught by record/invariant/triggers, probe/append_only
drop trigger audit_events_append_only on public.audit_events;
