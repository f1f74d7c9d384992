-- 05e2-r4-beside-the-catalogs: an index on a catalog, a rule on a view of PostgreSQL, an option of a catalog, and a column's comment.
--
-- Names     index pg_catalog.ours in pg_catalog was made there
-- Names     view pg_catalog.pg_settings of PostgreSQL was changed
-- Names     table pg_catalog.pg_description of PostgreSQL was changed
-- Names     table pg_catalog.pg_class of PostgreSQL has another comment
set allow_system_table_mods = on;
create index ours on pg_catalog.pg_class (relpages);
create rule quiet as on delete to pg_catalog.pg_settings do instead nothing;
alter table pg_catalog.pg_description set (autovacuum_enabled = off);
comment on column pg_catalog.pg_class.relname is 'ours';
create table t (id int primary key);
