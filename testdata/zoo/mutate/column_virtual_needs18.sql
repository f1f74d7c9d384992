-- column_virtual_needs18.sql: zoo_new.virtual_columns.v: another expression with the same values.
-- Caught by  columns
alter table zoo_new.virtual_columns alter column v set expression as (a + a);
