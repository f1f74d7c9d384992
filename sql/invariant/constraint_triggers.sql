-- constraint_triggers.sql: the constraints that are not checked as usual, because somebody disabled the triggers that check them.
--
-- Reads    pg_trigger, pg_constraint
-- Prints   constraint, table, state; ordered by all three
-- Key      constraint, table, state
-- Class    definition
-- Keeps    names, definitions and digests
-- Lost     no archive holds that: after the restore, alter table ... disable (or enable replica, enable always) trigger all again
-- Healthy  what the source has here is in no archive, and is listed by the dump; in a copy there is nothing
--
-- A foreign key is checked at both of its tables. A partition's copy of a constraint is named as the one that it is a copy of: the
-- names of copies are made anew at the restore. Triggers that somebody made are in triggers.sql.
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
