-- table_options.sql: the table has another fillfactor.
--
-- Who       the table's owner
-- Caught by record/invariant/relations
alter table public.audit_events set (fillfactor = 50);
