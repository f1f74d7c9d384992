-- unlogged.sql: what a physical copy lacks, because unlogged tables are not in WAL.
--
-- Reads    the catalogs
-- Prints   query text, key text, what text, reason text, from_major integer, only_column text; ordered. query and key name the
--          result and the row that a copy will have different because of it
with unlogged as ( -- partitioned tables only if all their leaves are: otherwise the expected loss would cover logged rows too
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
        'WAL does not hold its rows: the table is empty in a physical copy'
    from unlogged
    join pg_class as c on c.oid = unlogged.oid
    join pg_namespace as n on n.oid = c.relnamespace
    union all
    select
        'invariant/sequences', 'schema=' || n.nspname || ' sequence=' || s.relname, 'the state of the sequence ' || s.oid::regclass,
        'it is unlogged, or an unlogged table owns it: a physical copy resets it'
    from pg_class as s
    join pg_namespace as n on n.oid = s.relnamespace
    left join pg_depend as d on d.classid = 'pg_class'::regclass and d.objid = s.oid
        and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0 and d.deptype in ('a', 'i')
    where s.relkind = 'S'
        and (s.relpersistence = 'u' or coalesce(pg_partition_root(d.refobjid), d.refobjid) in (select oid from unlogged))
) as lost (query, key, what, reason)
order by query collate "C", key collate "C", what collate "C";
