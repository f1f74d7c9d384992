-- constraint_weaker.sql: a constraint that accepts more than before.
--
-- Who       the table's owner
-- Caught by record/invariant/constraints
alter table public.audit_events drop constraint audit_events_row_hash_is_sha256_hex;

alter table public.audit_events
    add constraint audit_events_row_hash_is_sha256_hex check (row_hash collate "C" ~ '^[0-9a-f]*$');
