-- casts.sql: every cast that somebody made.
--
-- Reads    pg_cast
-- Prints   source, target, method, function, context; ordered by source, target
-- Key      source, target
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after
--
-- Casts are in no schema; those that initdb made have oids below 16384, and no dump carries them.
select
    format_type(k.castsource, null) collate "C" as source,
    format_type(k.casttarget, null) collate "C" as target,
    case k.castmethod when 'f' then 'function' when 'i' then 'inout' when 'b' then 'binary' end as method,
    nullif(k.castfunc, 0)::regprocedure as function,
    case k.castcontext when 'e' then 'explicit' when 'a' then 'assignment' when 'i' then 'implicit' end as context
from pg_cast as k
where k.oid >= 16384
    and k.oid not in ( -- hashed: statistics of initdb's own casts promise no others, and a join would try each pair
        select e.objid
        from pg_depend as e
        where e.classid = 'pg_cast'::regclass and e.deptype in ('e', 'i') -- i: range to multirange
    )
order by source, target;
