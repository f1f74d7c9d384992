-- aggregates.sql: every aggregate.
--
-- Reads    pg_aggregate, pg_proc
-- Prints   schema, aggregate, arguments, kind, result, parallel, transition, state_type, state_space, start, final, final_extra,
--          final_modify, combine, serial, deserial, moving, sort_operator, support; ordered by schema, aggregate, arguments
-- Key      schema, aggregate, arguments
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after
-- Note     14 declares array_append and others of PostgreSQL's own functions for anycompatiblearray, 13 for anyarray: both print alike
select
    n.nspname as schema,
    p.proname as aggregate,
    pg_get_function_arguments(p.oid) collate "C" as arguments,
    case g.aggkind when 'n' then 'normal' when 'o' then 'ordered-set' when 'h' then 'hypothetical-set' end as kind,
    pg_get_function_result(p.oid) as result,
    case p.proparallel when 's' then 'safe' when 'r' then 'restricted' when 'u' then 'unsafe' end as parallel,
    called.names[1] as transition,
    format_type(g.aggtranstype, null) as state_type,
    g.aggtransspace as state_space,
    g.agginitval as start,
    called.names[2] as final,
    g.aggfinalextra as final_extra,
    g.aggfinalmodify as final_modify,
    called.names[3] as combine,
    nullif(g.aggserialfn::oid, 0)::regprocedure as serial,
    nullif(g.aggdeserialfn::oid, 0)::regprocedure as deserial,
    case when g.aggmtransfn <> 0 then concat_ws(' ', called.names[4], called.names[5],
        called.names[6], g.aggmfinalextra, g.aggmfinalmodify,
        format_type(g.aggmtranstype, null), g.aggmtransspace, quote_nullable(g.aggminitval)) end as moving,
    nullif(g.aggsortop, 0)::regoperator as sort_operator,
    nullif(p.prosupport::oid, 0)::regprocedure as support -- aggregates have one from 19 on
from pg_aggregate as g
join pg_proc as p on p.oid = g.aggfnoid
join pg_namespace as n on n.oid = p.pronamespace
cross join lateral (
    select array_agg(case
        when f >= 16384 then f::regprocedure::text
        when f > 0 then replace(replace(f::regprocedure::text, 'anycompatible', 'anyelement'), 'anyelementarray', 'anyarray')
    end order by place) as names
    from unnest(array[g.aggtransfn, g.aggfinalfn, g.aggcombinefn, g.aggmtransfn, g.aggminvtransfn, g.aggmfinalfn]::oid[])
        with ordinality as u (f, place)
) as called
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and not exists (
        select from pg_depend as e
        where e.classid = 'pg_proc'::regclass and e.objid = p.oid and e.deptype = 'e'
    )
order by n.nspname collate "C", p.proname collate "C", arguments;
