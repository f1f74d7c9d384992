-- column_statistics.sql: zoo.stored.n: statistics target.
-- Caught by  columns
alter table zoo.stored alter column n set statistics 1233;
