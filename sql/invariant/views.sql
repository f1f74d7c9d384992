-- views.sql: the query of every view and materialized view.
--
-- Reads    pg_class, through pg_get_viewdef
-- Prints   schema, view, definition; ordered by schema, view
-- Key      schema, view
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after
select
    n.nspname as schema,
    c.relname as view,
    pg_get_viewdef(c.oid, true) as definition
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('v', 'm')
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and not exists (
        select from pg_depend as e
        where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e'
    )
order by n.nspname collate "C", c.relname collate "C";
