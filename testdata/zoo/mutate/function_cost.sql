-- function_cost.sql: zoo.as_table(integer): rows.
-- Caught by  functions
alter function zoo.as_table(integer) rows 26;
