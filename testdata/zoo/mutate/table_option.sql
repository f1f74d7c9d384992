-- table_option.sql: zoo.stored: fillfactor.
-- Caught by  relations
alter table zoo.stored set (fillfactor = 61);
