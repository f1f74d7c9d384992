-- storage_changed.sql: details has another storage mode.
--
-- Who       the table's owner
-- Caught by record/invariant/columns
alter table public.audit_events alter column details set storage external;
