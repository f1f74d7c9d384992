-- aggregates.sql: every aggregate.
--
-- Reads    pg_aggregate, pg_proc
-- Prints   schema, aggregate, arguments, kind, result, parallel, transition, state_type, state_space, start, final, final_extra,
--          final_modify, combine, serial, deserial, moving, sort_operator, support; ordered by schema, aggregate, arguments
-- Key      schema, aggregate, arguments
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after
select
    n.nspname as schema,
    p.proname as aggregate,
    pg_get_function_arguments(p.oid) collate "C" as arguments,
    case g.aggkind when 'n' then 'normal' when 'o' then 'ordered-set' when 'h' then 'hypothetical-set' end as kind,
    pg_get_function_result(p.oid) as result,
    case p.proparallel when 's' then 'safe' when 'r' then 'restricted' when 'u' then 'unsafe' end as parallel,
    g.aggtransfn::regprocedure as transition,
    format_type(g.aggtranstype, null) as state_type,
    g.aggtransspace as state_space,
    g.agginitval as start,
    nullif(g.aggfinalfn::oid, 0)::regprocedure as final,
    g.aggfinalextra as final_extra,
    g.aggfinalmodify as final_modify,
    nullif(g.aggcombinefn::oid, 0)::regprocedure as combine,
    nullif(g.aggserialfn::oid, 0)::regprocedure as serial,
    nullif(g.aggdeserialfn::oid, 0)::regprocedure as deserial,
    case when g.aggmtransfn <> 0 then concat_ws(' ', g.aggmtransfn::regprocedure, g.aggminvtransfn::regprocedure,
        nullif(g.aggmfinalfn::oid, 0)::regprocedure, g.aggmfinalextra, g.aggmfinalmodify,
        format_type(g.aggmtranstype, null), g.aggmtransspace, quote_nullable(g.aggminitval)) end as moving,
    nullif(g.aggsortop, 0)::regoperator as sort_operator,
    nullif(p.prosupport::oid, 0)::regprocedure as support -- aggregates have one from 19 on
from pg_aggregate as g
join pg_proc as p on p.oid = g.aggfnoid
join pg_namespace as n on n.oid = p.pronamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and not exists (
        select from pg_depend as e
        where e.classid = 'pg_proc'::regclass and e.objid = p.oid and e.deptype = 'e'
    )
order by n.nspname collate "C", p.proname collate "C", arguments;
