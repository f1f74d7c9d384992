-- statistics_added.sql: extended statistics that were not dumped.
--
-- Who       the table's owner
-- Caught by record/invariant/statistics
create statistics public.smuggled on actor, action from public.audit_events;
