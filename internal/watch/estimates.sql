-- estimates.sql: the approximate number of rows of each table, to show the progress of a dump.
--
-- Reads    pg_class, pg_namespace, the sizes of the tables
-- Prints   name text, row_count bigint; -1 if the table was never analyzed
-- Why      autovacuum never analyzes a table of a few rows: one that is at most a hundredth of the total counts as 0, so that it
--          does not make the total unknown
select
    nspname || '.' || relname as name,
    case
        when reltuples >= 0 then reltuples::bigint
        when bytes * 100 > sum(bytes) over () then -1
        else 0
    end as row_count
from (
    select relname, relnamespace, reltuples, coalesce(pg_relation_size(oid), 0) as bytes
    from pg_class
    where relkind = 'r'
) as c
join pg_namespace on pg_namespace.oid = relnamespace
where nspname !~ '^pg_' and nspname <> 'information_schema';
