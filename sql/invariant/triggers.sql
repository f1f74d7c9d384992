-- triggers.sql: every trigger, and when it fires.
--
-- Reads    pg_trigger
-- Prints   schema, table, trigger, enabled, definition; ordered by schema, table, trigger
-- Key      schema, table, trigger
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after
--
-- enabled  pg_restore --disable-triggers leaves every trigger at "origin", even if it was always, replica or disabled.
-- Triggers that enforce foreign keys and deferrable keys are left out (those with a constraint of their own): constraints.sql
-- has the constraints, and the triggers get new names. tgisinternal would not do: up to 14 it also marks a partition's copy of
-- a row trigger.
select
    n.nspname as schema,
    c.relname as table,
    g.tgname as trigger,
    case g.tgenabled when 'O' then 'origin' when 'A' then 'always' when 'R' then 'replica' when 'D' then 'disabled' end as enabled,
    pg_get_triggerdef(g.oid, true) as definition
from pg_trigger as g
join pg_class as c on c.oid = g.tgrelid
join pg_namespace as n on n.oid = c.relnamespace
left join pg_constraint as k on k.oid = g.tgconstraint
where (g.tgconstraint = 0 or k.contype = 't')
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
order by n.nspname collate "C", c.relname collate "C", g.tgname collate "C";
