-- payload_hash_case.sql: a hash in upper case: the same number, but another text.
--
-- Who       the table's owner, who can disable its triggers and drop its constraints
-- Caught by payload_hash/after
alter table public.audit_events disable trigger all;

alter table public.audit_events drop constraint audit_events_row_hash_is_sha256_hex;

update public.audit_events set row_hash = upper(row_hash) where seq = (select max(seq) from public.audit_events);

alter table public.audit_events enable always trigger audit_events_append_only;

alter table public.audit_events enable always trigger audit_events_link;
