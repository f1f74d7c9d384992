-- casts.sql: every user-defined cast.
--
-- Reads    pg_cast
-- Prints   source, target, method, function, context; ordered by source, target
-- Key      source, target
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after
--
-- Casts belong to no schema. Those of initdb have oids below 16384, and no dump carries them.
select
    format_type(k.castsource, null) collate "C" as source,
    format_type(k.casttarget, null) collate "C" as target,
    case k.castmethod when 'f' then 'function' when 'i' then 'inout' when 'b' then 'binary' end as method,
    nullif(k.castfunc, 0)::regprocedure as function,
    case k.castcontext when 'e' then 'explicit' when 'a' then 'assignment' when 'i' then 'implicit' end as context
from pg_cast as k
where k.oid >= 16384
    and k.oid not in ( -- a hashed subplan: statistics that know only initdb's casts would lead to a nested loop over all pairs
        select e.objid
        from pg_depend as e
        where e.classid = 'pg_cast'::regclass and e.deptype in ('e', 'i') -- i: from a range to its multirange
    )
order by source, target;
