-- index_added.sql: an index that was not dumped.
--
-- Who       the table's owner
-- Caught by record/invariant/indexes
create index audit_events_by_actor on public.audit_events (actor);
