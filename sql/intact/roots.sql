-- intact/roots.sql: tables that show an application other rows than their partitions, or children, hold.
--
-- Reads    every partitioned table and every table with children, through its root and leaf by leaf
-- Prints   fault text, or what was NOT COVERED; ordered
-- Hint     something hides or adds rows between the root and its leaves: check pg_class.relhassubclass of the root, its row-level security policies, and extensions that hook into planning
-- Healthy  no rows: the root shows as many rows as all its leaves together
-- Note     roots with a foreign leaf are not read; nor, on a standby, those with an unlogged leaf
-- Why      the record reads tables one by one; an application reads through the root. to_jsonb reads columns that not every
--          major has
with recursive tree as (
    select c.oid as root, c.oid
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    where c.relkind in ('r', 'p') and c.relpersistence <> 't'
        and exists (select from pg_inherits where inhparent = c.oid)
        and not exists (select from pg_inherits where inhrelid = c.oid)
    union
    select tree.root, i.inhrelid
    from tree
    join pg_inherits as i on i.inhparent = tree.oid and to_jsonb(i) ->> 'inhdetachpending' is distinct from 'true'
),
leaf as (
    select
        tree.root,
        c.relkind = 'f' or c.relpersistence = 'u' and pg_is_in_recovery() as is_unread,
        not (has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')) or row_security_active(c.oid) as is_refused,
        case when c.relkind = 'r' then format('select count(*) as n from only %I.%I', n.nspname, c.relname) end as query
    from tree
    join pg_class as c on c.oid = tree.oid
    join pg_namespace as n on n.oid = c.relnamespace
),
counted as materialized (
    select
        root,
        sum(substring(query_to_xml(query, false, false, '')::text from '<n>([0-9]+)</n>')::bigint) as in_leaves
    from leaf
    where root not in (select root from leaf where is_unread or is_refused)
    group by root
),
seen as materialized (
    select
        n.nspname,
        c.relname,
        counted.in_leaves,
        format('select count(*) as n from %I.%I', n.nspname, c.relname) as query
    from counted
    join pg_class as c on c.oid = counted.root
    join pg_namespace as n on n.oid = c.relnamespace
)
select fault
from (
    select format('%I.%I: %s rows through the root, %s in its leaves', nspname, relname, through_root, in_leaves) as fault
    from seen
    cross join lateral (
        select substring(query_to_xml(query, false, false, '')::text from '<n>([0-9]+)</n>')::bigint as through_root
    ) as root
    where through_root is distinct from in_leaves
    union all
    select format('NOT COVERED: rows through the root %I.%I (the role may not read all its leaves)', n.nspname, c.relname)
    from leaf
    join pg_class as c on c.oid = leaf.root
    join pg_namespace as n on n.oid = c.relnamespace
    group by n.nspname, c.relname
    having bool_or(is_refused) and not bool_or(is_unread)
) as faults
order by fault collate "C";
