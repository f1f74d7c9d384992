-- trigger_search_path.sql: the trigger looks names up in the schemas of its caller.
--
-- Who       the function's owner
-- Caught by record/invariant/functions
alter function public.audit_events_link() reset search_path;
