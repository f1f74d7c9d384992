-- table_logged.sql: zoo.unlogged: logged.
-- Caught by  relations
alter table zoo.unlogged set logged;
