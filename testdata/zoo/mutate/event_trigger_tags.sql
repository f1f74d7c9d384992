-- event_trigger_tags.sql: "Odd ""Event""": another tag.
-- Caught by  event_triggers
drop event trigger "Odd ""Event""";
create event trigger "Odd ""Event""" on ddl_command_end
    when tag in ('DROP CONVERSION')
    execute function zoo.note_event();
