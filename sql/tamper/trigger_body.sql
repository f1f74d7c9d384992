-- trigger_body.sql: the trigger accepts whatever it is given.
--
-- Who       the function's owner
-- Caught by record/invariant/functions
create or replace function public.audit_events_link() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    return new;
end
$$;
