-- trigger_mode.sql: zoo.watched.k_always: always becomes origin.
-- Caught by  triggers
alter table zoo.watched enable trigger k_always;
