-- table_row_security.sql: zoo.no_policy: row-level security switched off.
-- Caught by  relations
alter table zoo.no_policy disable row level security;
