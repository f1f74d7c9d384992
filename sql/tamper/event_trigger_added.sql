-- event_trigger_added.sql: an event trigger that was not dumped.
--
-- Who       a superuser
-- Caught by record/invariant/event_triggers
create function public.smuggled() returns event_trigger
language plpgsql
as $$
begin
end
$$;

create event trigger smuggled on ddl_command_end execute function public.smuggled();
