-- sizes.sql: the size of each table, to show the progress of a dump.
--
-- Reads    pg_class, pg_namespace, the sizes of the tables
-- Prints   id bigint (oid), bytes bigint; in the order in which pg_dump copies them: by name, large objects last. With several jobs
--          (pgroundtrip.jobs) it begins with the most pages, as the last VACUUM or ANALYZE counted them
-- bytes    with TOAST, without indexes
select
    c.oid::bigint as id,
    coalesce(pg_relation_size(c.oid), 0) + coalesce(pg_relation_size(t.oid), 0) as bytes
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
left join pg_class as t on t.oid = c.reltoastrelid
where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    or c.oid = 'pg_largeobject'::regclass
order by
    case when current_setting('pgroundtrip.jobs')::int > 1 then c.relpages + coalesce(t.relpages, 0) end desc nulls last,
    n.nspname = 'pg_catalog',
    n.nspname collate "C",
    c.relname collate "C";
