-- trigger_dropped.sql: the trigger that links new rows is gone.
--
-- Who       the table's owner
-- Caught by record/invariant/triggers, probe/chain_continues
drop trigger audit_events_link on public.audit_events;
