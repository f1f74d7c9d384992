-- 07-r2-name-in-a-string: a built-in function that takes a table name as text.
--
-- Majors    13-16
-- Restore   error: public.rights finds t, which is in a string, through the search_path
create table t (id int primary key);
create materialized view rights as select has_table_privilege('pg_monitor', 't', 'select') as r;
