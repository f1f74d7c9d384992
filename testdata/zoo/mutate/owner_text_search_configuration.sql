-- owner_text_search_configuration.sql: zoo.words: another owner
-- Caught by  privileges
alter text search configuration zoo.words owner to pg_monitor;
