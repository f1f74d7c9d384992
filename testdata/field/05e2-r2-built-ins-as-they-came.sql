-- 05e2-r2-built-ins-as-they-came: grants, vacuum and reindex write rows of built-in objects without changing them.
--
-- Names     grants on the language sql
-- Unnamed   of PostgreSQL
revoke execute on function pg_catalog.pg_ls_dir(text) from public;
grant execute on function pg_catalog.pg_ls_dir(text) to pg_monitor;
revoke select on pg_catalog.pg_group from public;
revoke usage on language sql from public;
vacuum full pg_catalog.pg_proc;
vacuum freeze;
reindex table pg_catalog.pg_class;
analyze;
