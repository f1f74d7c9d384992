-- guard_body.sql: the guard exists but lets everything through.
--
-- Who       the function's owner
-- Caught by record/invariant/functions
create or replace function public.audit_events_append_only() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    return null;
end
$$;
