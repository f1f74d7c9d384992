-- 323-r2-function-beside-an-extension: what is in pg_catalog and not the extension's is in no archive.
--
-- Needs     citext
-- Names     pg_catalog.mine
create extension citext schema pg_catalog;
set allow_system_table_mods = on;
create function pg_catalog.mine() returns int language sql as 'select 1';
create table t (email citext);
