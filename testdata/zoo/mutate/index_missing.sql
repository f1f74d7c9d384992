-- index_missing.sql: zoo.indexed_hash: gone.
-- Caught by  indexes
drop index zoo.indexed_hash;
