-- trigger_missing.sql: zoo.texts.twin_name: gone, while the one of zoo.checks is there.
-- Caught by  triggers
drop trigger twin_name on zoo.texts;
