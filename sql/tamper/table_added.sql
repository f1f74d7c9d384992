-- table_added.sql: a table that was not dumped.
--
-- Who       anyone who may create objects in the database
-- Caught by record/invariant/tables
create table public.smuggled (n integer);
