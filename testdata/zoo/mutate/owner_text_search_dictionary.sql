-- owner_text_search_dictionary.sql: zoo.keep_all: another owner
-- Caught by  privileges
alter text search dictionary zoo.keep_all owner to pg_monitor;
