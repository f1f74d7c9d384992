-- schemas.sql: every schema. An empty one appears nowhere else.
--
-- Reads    pg_namespace
-- Prints   schema; ordered by schema
-- Key      schema
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after
--
-- public is left out: every new database has it, even if the source dropped it.
select n.nspname as schema
from pg_namespace as n
where n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'public')
    and not exists (
        select from pg_depend as e
        where e.classid = 'pg_namespace'::regclass and e.objid = n.oid and e.deptype = 'e'
    )
order by n.nspname collate "C";
