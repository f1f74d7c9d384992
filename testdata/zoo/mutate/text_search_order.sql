-- text_search_order.sql: zoo.words: the same dictionaries in another order.
-- Caught by  text_search
alter text search configuration zoo.words alter mapping for word with zoo.keep_all, zoo.pass_on;
