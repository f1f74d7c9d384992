-- trigger_search_path.sql: the trigger resolves names in the caller's schemas.
--
-- Who       the function's owner
-- Caught by record/invariant/functions
alter function public.audit_events_link() reset search_path;
