-- guard_truncate.sql: TRUNCATE is no longer refused.
--
-- Who       the table's owner
-- Caught by record/invariant/triggers
drop trigger audit_events_append_only on public.audit_events;

create trigger audit_events_append_only
before update or delete on public.audit_events
for each statement execute function public.audit_events_append_only();

alter table public.audit_events enable always trigger audit_events_append_only;
