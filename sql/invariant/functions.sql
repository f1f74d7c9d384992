-- functions.sql: every function and procedure: signature, settings and body. Aggregates are in aggregates.sql.
--
-- Reads    pg_proc
-- Prints   schema, function, arguments (types), kind, result, argument_names, argument_modes, argument_types, defaults,
--          language, volatility, parallel, strict, security_definer, leakproof, cost, rows, support, transforms, config,
--          body, library; ordered by schema, function, arguments
-- Key      schema, function, arguments
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after. A restore turns check_function_bodies off and accepts any body, so only its bytes can be compared
--
-- body     The source as written; for begin atomic and return bodies (14 and later), which are stored parsed, the whole
--          statement as PostgreSQL prints it. prosqlbody is read through to_jsonb, because 13 has no such column.
-- defaults One text for each argument that has a default.
-- arguments are assembled here, because from 14 on pg_get_function_arguments marks those of procedures "IN".
select
    n.nspname as schema,
    p.proname as function,
    (
        select string_agg(format_type(t, null), ', ' order by i)
        from unnest(p.proargtypes) with ordinality as a (t, i)
    ) collate "C" as arguments,
    case p.prokind when 'f' then 'function' when 'p' then 'procedure' when 'w' then 'window' end as kind,
    pg_get_function_result(p.oid) as result,
    p.proargnames as argument_names,
    p.proargmodes as argument_modes,
    (select string_agg(format_type(t, null), ', ' order by i) from unnest(p.proallargtypes) with ordinality as a (t, i)) as argument_types,
    (
        select array_agg(d order by i)
        from generate_series(1, coalesce(cardinality(p.proallargtypes), p.pronargs)) as i
        cross join lateral pg_get_function_arg_default(p.oid, i) as d
        where d is not null and p.pronargdefaults > 0
    ) as defaults,
    l.lanname as language,
    case p.provolatile when 'i' then 'immutable' when 's' then 'stable' when 'v' then 'volatile' end as volatility,
    case p.proparallel when 's' then 'safe' when 'r' then 'restricted' when 'u' then 'unsafe' end as parallel,
    p.proisstrict as strict,
    p.prosecdef as security_definer,
    p.proleakproof as leakproof,
    p.procost as cost,
    p.prorows as rows,
    nullif(p.prosupport::oid, 0)::regproc as support,
    (select string_agg(format_type(t, null), ', ' order by i) from unnest(p.protrftypes) with ordinality as a (t, i)) as transforms,
    p.proconfig as config,
    case when to_jsonb(p) ->> 'prosqlbody' is not null then pg_get_functiondef(p.oid) else p.prosrc end as body,
    p.probin as library
from pg_proc as p
join pg_namespace as n on n.oid = p.pronamespace
join pg_language as l on l.oid = p.prolang
where p.prokind <> 'a'
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and not exists (
        select from pg_depend as e
        where e.classid = 'pg_proc'::regclass and e.objid = p.oid and e.deptype in ('e', 'i') -- i: constructors of range types
    )
order by n.nspname collate "C", p.proname collate "C", arguments nulls first;
