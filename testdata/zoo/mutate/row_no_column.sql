-- row_no_column.sql: zoo.no_column: a row of no columns more.
-- Caught by  tables
insert into zoo.no_column default values;
