-- null_to_empty.sql: the first prev_hash, NULL, becomes an empty string.
--
-- Who       the table's owner, who can disable its triggers and drop its constraints
-- Caught by first_break_id
alter table public.audit_events disable trigger all;

alter table public.audit_events drop constraint audit_events_only_the_first_row_has_no_prev_hash;
alter table public.audit_events drop constraint audit_events_prev_hash_is_sha256_hex;

update public.audit_events set prev_hash = '' where seq = 1;

alter table public.audit_events enable always trigger audit_events_append_only;

alter table public.audit_events enable always trigger audit_events_link;
