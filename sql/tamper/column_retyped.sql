-- column_retyped.sql: details changed to text and back to jsonb: the rows are equal, the default is
-- not.
--
-- Who       the table's owner
-- Caught by record/invariant/columns
alter table public.audit_events alter column details drop default;

alter table public.audit_events alter column details type text using details::text;

alter table public.audit_events alter column details type jsonb using details::jsonb;
