-- 36_event_triggers.sql: harmless event triggers.
--
-- Holds    one enabled for a tag that no restore uses, the other events and modes disabled or for replicas
create function zoo.note_event() returns event_trigger
    language plpgsql
    as $body$
begin
    null; -- does nothing
end
$body$;
create event trigger zoo_enabled on ddl_command_start
    when tag in ('DROP CONVERSION', 'ALTER CONVERSION')
    execute function zoo.note_event();
create event trigger zoo_all_tags on ddl_command_end
    execute function zoo.note_event();
create event trigger zoo_drops on sql_drop
    execute function zoo.note_event();
create event trigger zoo_rewrites on table_rewrite
    when tag in ('ALTER TABLE')
    execute function zoo.note_event();
create event trigger "Odd ""Event""" on ddl_command_end
    when tag in ('CREATE CONVERSION')
    execute function zoo.note_event();
alter event trigger zoo_all_tags disable;
alter event trigger zoo_drops enable replica;
alter event trigger zoo_rewrites enable always;
comment on event trigger zoo_enabled is 'Watches.';
