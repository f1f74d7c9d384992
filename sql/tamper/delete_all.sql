-- delete_all.sql: every row deleted, one by one: an empty chain is intact.
--
-- Who       the table's owner, who can disable its triggers
-- Caught by row_count
alter table public.audit_events disable trigger all;

delete from public.audit_events;

alter table public.audit_events enable always trigger audit_events_append_only;

alter table public.audit_events enable always trigger audit_events_link;
