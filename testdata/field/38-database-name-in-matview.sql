-- 38-database-name-in-matview: materialized views that hold the name of the database, which differs in a copy.
--
-- Restore   fails materialized_views: cat
-- Names     public.cat depends on the catalogs (information_schema.tables)
-- Names     public.whoami depends on where and by whom it is refreshed (current_database(), session_user)
create table a (id int primary key);
create table b (id int primary key);
create materialized view cat as select table_catalog, table_schema, table_name from information_schema.tables where table_schema = 'public';
create materialized view whoami as select current_database() as db, session_user as su;
