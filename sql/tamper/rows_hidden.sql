-- rows_hidden.sql: a policy that hides one event from everyone but the owner.
--
-- Who       the table's owner
-- Caught by record/invariant/policies
create policy audit_events_hide on public.audit_events using (id <> 'evt-00000007');

alter table public.audit_events enable row level security;
