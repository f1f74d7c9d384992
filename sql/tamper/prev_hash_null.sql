-- prev_hash_null.sql: a row that does not name its predecessor.
--
-- Who       the table's owner, who can disable its triggers and drop its constraints
-- Caught by first_break_id
alter table public.audit_events disable trigger all;

alter table public.audit_events drop constraint audit_events_only_the_first_row_has_no_prev_hash;

update public.audit_events set prev_hash = null where seq = 13;

alter table public.audit_events enable always trigger audit_events_append_only;

alter table public.audit_events enable always trigger audit_events_link;
