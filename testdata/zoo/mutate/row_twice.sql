-- row_twice.sql: zoo.twins: one row once more.
-- Caught by  tables
insert into zoo.twins values (null, null);
