-- index_option.sql: zoo.indexed_fill: fillfactor.
-- Caught by  indexes
alter index zoo.indexed_fill set (fillfactor = 56);
