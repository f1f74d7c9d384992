-- column_type.sql: zoo.texts.upto: longer by one; the rows do not show it.
-- Caught by  columns
alter table zoo.texts alter column upto type varchar(41);
