-- column_added.sql: zoo.no_row: a column more in an empty table.
-- Caught by  columns
alter table zoo.no_row add column more text;
