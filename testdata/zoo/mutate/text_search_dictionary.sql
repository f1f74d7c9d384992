-- text_search_dictionary.sql: zoo.pass_on: accepts.
-- Caught by  text_search
alter text search dictionary zoo.pass_on (accept = 'true');
