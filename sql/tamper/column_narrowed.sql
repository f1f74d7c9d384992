-- column_narrowed.sql: timestamps rounded to milliseconds by a narrower type.
--
-- Who       the table's owner
-- Caught by first_break_id
alter table public.audit_events disable trigger all;

alter table public.audit_events alter column "timestamp" type timestamptz(3);

alter table public.audit_events enable always trigger audit_events_append_only;

alter table public.audit_events enable always trigger audit_events_link;
