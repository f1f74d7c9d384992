-- trigger_disabled.sql: the trigger that links new rows does not fire.
--
-- Who       the table's owner
-- Caught by record/invariant/triggers
alter table public.audit_events disable trigger audit_events_link;
