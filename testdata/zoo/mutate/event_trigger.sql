-- event_trigger.sql: zoo_drops: enabled for origin, not for replica.
-- Caught by  event_triggers
alter event trigger zoo_drops enable;
