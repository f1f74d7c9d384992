-- unlogged.sql: what a copy of the cluster's files and WAL does not have: WAL knows nothing of unlogged tables.
--
-- Reads    the catalogs
-- Prints   query text, key text, what text, reason text, from_major integer, only_column text; ordered. query and key name
--          the result and the row that come back different because of it
with unlogged as ( -- a partitioned table if all of its leaves are: of others, rows are lost and not only these
    select coalesce(pg_partition_root(c.oid), c.oid) as oid
    from pg_class as c
    where c.relkind = 'r' and (c.relpersistence = 'u' or c.relispartition)
    group by 1
    having bool_and(c.relpersistence = 'u')
)
select query, key, what, reason, 0 as from_major, '' as only_column
from (
    select
        'invariant/tables', 'schema=' || n.nspname || ' table=' || c.relname, 'the rows of the unlogged table ' || c.oid::regclass,
        'WAL has none: they are empty in a copy of files and WAL'
    from unlogged
    join pg_class as c on c.oid = unlogged.oid
    join pg_namespace as n on n.oid = c.relnamespace
    union all
    select
        'invariant/sequences', 'schema=' || n.nspname || ' sequence=' || s.relname, 'the state of the sequence ' || s.oid::regclass,
        'it is unlogged, or an unlogged table owns it: a copy of files and WAL begins it anew'
    from pg_class as s
    join pg_namespace as n on n.oid = s.relnamespace
    left join pg_depend as d on d.classid = 'pg_class'::regclass and d.objid = s.oid
        and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0 and d.deptype in ('a', 'i')
    where s.relkind = 'S'
        and (s.relpersistence = 'u' or coalesce(pg_partition_root(d.refobjid), d.refobjid) in (select oid from unlogged))
) as lost (query, key, what, reason)
order by query collate "C", key collate "C", what collate "C";
