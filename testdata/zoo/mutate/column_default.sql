-- column_default.sql: zoo.defaults.number: the default that was dropped is back.
-- Caught by  columns
alter table zoo.defaults alter column number set default -1;
