-- trigger_mode.sql: the trigger fires, but not under session_replication_role = replica: what
-- --disable-triggers leaves behind.
--
-- Who       a data-only restore
-- Caught by record/invariant/triggers, probe/chain_continues
alter table public.audit_events enable trigger audit_events_link;
