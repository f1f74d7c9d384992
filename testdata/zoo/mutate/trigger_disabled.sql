-- trigger_disabled.sql: zoo.watched.l_origin: disabled.
-- Caught by  triggers
alter table zoo.watched disable trigger l_origin;
