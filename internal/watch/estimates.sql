-- estimates.sql: about how many rows each table has, to watch a dump by.
--
-- Reads    pg_class, pg_namespace, the sizes of the tables
-- Prints   name text, row_count bigint; -1 where no one has counted
-- Why      autovacuum never counts a table of a few rows: one that is at most a hundredth of the whole
--          is left out of account, and does not make the whole unknown
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
