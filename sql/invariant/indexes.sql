-- indexes.sql: every index.
--
-- Reads    pg_index, pg_class
-- Prints   schema, index, table, definition, constraint boolean, valid boolean, clustered boolean, parent,
--          statistics_targets; ordered by schema, index
-- Key      schema, index
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after
--
-- pg_dump silently omits an invalid index (a create index concurrently that failed), unless it is partitioned; its loss shows
-- here. An index over foreign partitions, which cannot have indexes, is never valid after a restore; no query depends on
-- that, so it counts as valid. parent is the partitioned index that the index is attached to.
select
    n.nspname as schema,
    c.relname as index,
    t.relname as table,
    pg_get_indexdef(c.oid, 0, true) as definition,
    exists (
        select from pg_constraint as k
        where k.conindid = c.oid and k.contype in ('p', 'u', 'x')
    ) as constraint,
    i.indisvalid or c.relkind = 'I' and exists (
        select from pg_partition_tree(t.oid) as p join pg_class as f on f.oid = p.relid where f.relkind = 'f'
    ) as valid,
    i.indisclustered as clustered,
    (
        select format('%I.%I', pn.nspname, p.relname)
        from pg_inherits as h
        join pg_class as p on p.oid = h.inhparent
        join pg_namespace as pn on pn.oid = p.relnamespace
        where h.inhrelid = c.oid
    ) as parent,
    (
        select string_agg(format('%s: %s', a.attnum, a.attstattarget), ', ' order by a.attnum)
        from pg_attribute as a
        where a.attrelid = c.oid and a.attstattarget >= 0 -- the default is -1 up to 16, and NULL from 17 on
    ) as statistics_targets
from pg_index as i
join pg_class as c on c.oid = i.indexrelid
join pg_class as t on t.oid = i.indrelid
join pg_namespace as n on n.oid = c.relnamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
order by n.nspname collate "C", c.relname collate "C";
