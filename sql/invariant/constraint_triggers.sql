-- constraint_triggers.sql: constraints that are not enforced as usual, because the triggers that enforce them were disabled.
--
-- Reads    pg_trigger, pg_constraint
-- Prints   constraint, table, state; ordered by all three
-- Key      constraint, table, state
-- Class    definition
-- Keeps    names, definitions and digests
-- Lost     no archive holds the state of these triggers: after the restore, run alter table ... disable trigger all (or enable replica, enable always) again
-- Healthy  a copy has no rows; those of the source are in no archive, and the dump lists them as expected to be lost
--
-- A foreign key is enforced at both of its tables. A constraint on a partition appears under the name of the parent's
-- constraint, because a restore chooses the names of such copies anew. User-defined triggers are in triggers.sql.
with recursive disabled as (
    select g.tgrelid, k.oid, k.conparentid, g.tgenabled
    from pg_trigger as g
    join pg_constraint as k on k.oid = g.tgconstraint
    where g.tgisinternal and g.tgenabled <> 'O' and k.contype <> 't'
    union
    select d.tgrelid, k.oid, k.conparentid, d.tgenabled
    from disabled as d
    join pg_constraint as k on k.oid = d.conparentid
)
select distinct
    format('constraint %I on %I.%I', k.conname, n.nspname, c.relname) collate "C" as constraint,
    format('checked at %I.%I', tn.nspname, t.relname) collate "C" as table,
    case d.tgenabled when 'D' then 'is disabled' when 'R' then 'is for replicas alone' when 'A' then 'is for replicas, too' end collate "C" as state
from disabled as d
join pg_constraint as k on k.oid = d.oid and k.conparentid = 0
join pg_class as c on c.oid = k.conrelid
join pg_namespace as n on n.oid = c.relnamespace
join pg_class as t on t.oid = d.tgrelid
join pg_namespace as tn on tn.oid = t.relnamespace
order by "constraint", "table", state;
