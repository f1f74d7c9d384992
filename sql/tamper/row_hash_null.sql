-- row_hash_null.sql: a row without a hash: "<>" with NULL is unknown, and unknown must be a break.
--
-- Who       the table's owner, who can disable its triggers and drop its constraints
-- Caught by first_break_id
alter table public.audit_events disable trigger all;

alter table public.audit_events alter column row_hash drop not null;

update public.audit_events set row_hash = null where seq = 13;

alter table public.audit_events enable always trigger audit_events_append_only;

alter table public.audit_events enable always trigger audit_events_link;
