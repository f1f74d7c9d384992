-- hint/constraints.sql: why a child's constraint may be valid at the source, and not in a copy.
--
-- Reads    pg_constraint
-- Prints   schema, of, constraint, hint; ordered by schema, of, constraint
-- Why      a child that was created after its parent's constraint has it valid from the start, because it was empty. A dump
--          creates all tables first, then adds the parent's constraint as not valid, and with it the child's
select
    n.nspname as schema,
    c.relname as of,
    k.conname as constraint,
    format('%1$I is not valid in a parent of %2$I.%3$I, so a dump makes it not valid here, too: at the source, alter table ... '
        'validate constraint %1$I on the parent', k.conname, n.nspname, c.relname) as hint
from pg_constraint as k
join pg_class as c on c.oid = k.conrelid
join pg_namespace as n on n.oid = c.relnamespace
where k.contype in ('c', 'n') and k.coninhcount > 0 and not k.convalidated
order by n.nspname collate "C", c.relname collate "C", k.conname collate "C";
