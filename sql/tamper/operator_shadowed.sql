-- operator_shadowed.sql: a row edited, and an operator = on the search path that is always true.
--
-- Who       anyone who may create operators and edit rows
-- Caught by first_break_id
create function public.always(text, text) returns boolean
language sql immutable
as $$ select true $$;

create operator public.= (leftarg = text, rightarg = text, function = public.always);

do $$
begin
    execute format('alter database %I set search_path = public, pg_catalog', current_database());
end
$$;

alter table public.audit_events disable trigger all;

update public.audit_events set actor = 'nobody@example.com' where seq = 7;

alter table public.audit_events enable always trigger audit_events_append_only;

alter table public.audit_events enable always trigger audit_events_link;
