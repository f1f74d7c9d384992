-- column_generated.sql: zoo.only_generated.g: an ordinary column with the same values.
-- Caught by  columns
alter table zoo.only_generated alter column g drop expression;
