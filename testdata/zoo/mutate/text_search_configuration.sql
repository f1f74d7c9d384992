-- text_search_configuration.sql: zoo.words: one kind of token less.
-- Caught by  text_search
alter text search configuration zoo.words drop mapping for email;
