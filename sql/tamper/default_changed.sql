-- default_changed.sql: new events get another category.
--
-- Who       the table's owner
-- Caught by record/invariant/columns
alter table public.audit_events alter column event_category set default 'other';
