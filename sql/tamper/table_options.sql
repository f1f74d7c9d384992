-- table_options.sql: the table is vacuumed in another way.
--
-- Who       the table's owner
-- Caught by record/invariant/relations
alter table public.audit_events set (fillfactor = 50);
