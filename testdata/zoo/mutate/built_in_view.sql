-- built_in_view.sql: pg_catalog.pg_group: another query.
-- Caught by  altered_objects
create or replace view pg_catalog.pg_group as select rolname as groname, oid as grosysid, '{}'::oid[] as grolist from pg_catalog.pg_roles where false;
