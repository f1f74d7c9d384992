-- column_compression_needs14.sql: zoo_new.compressed.as_pglz: the default method.
-- Caught by  columns
alter table zoo_new.compressed alter column as_pglz set compression default;
