-- index_statistics.sql: zoo.indexed_expression: a statistics target.
-- Caught by  indexes
alter index zoo.indexed_expression alter column 1 set statistics 334;
