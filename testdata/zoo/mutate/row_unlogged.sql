-- row_unlogged.sql: zoo.unlogged: rows of an unlogged table.
-- Caught by  tables
truncate zoo.unlogged;
