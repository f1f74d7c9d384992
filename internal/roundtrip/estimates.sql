-- estimates.sql: about how many rows each table has, for whoever watches a dump.
--
-- Reads    pg_class, pg_namespace
-- Prints   name text, row_count bigint; 0 where the planner does not know
select
    nspname || '.' || relname as name,
    greatest(reltuples, 0)::bigint as row_count
from pg_class
join pg_namespace on pg_namespace.oid = relnamespace
where relkind = 'r'
    and nspname !~ '^pg_' and nspname <> 'information_schema';
