-- event_triggers.sql: every event trigger. An unexpected one can discard rows during a restore.
--
-- Reads    pg_event_trigger
-- Prints   event_trigger, event, tags, function, enabled; ordered by event_trigger
-- Key      event_trigger
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after
select
    g.evtname as event_trigger,
    g.evtevent as event,
    (select string_agg(tag, ', ' order by tag collate "C") from unnest(g.evttags) as tag) as tags,
    g.evtfoid::regprocedure as function,
    case g.evtenabled when 'O' then 'origin' when 'A' then 'always' when 'R' then 'replica' when 'D' then 'disabled' end as enabled
from pg_event_trigger as g
where not exists (
    select from pg_depend as e
    where e.classid = 'pg_event_trigger'::regclass and e.objid = g.oid and e.deptype = 'e'
)
order by g.evtname collate "C";
