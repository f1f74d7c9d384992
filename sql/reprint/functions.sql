-- reprint/functions.sql: how this server prints a parsed function body, and the defaults of arguments.
--
-- Reads    pgroundtrip.row, which is a row of invariant/functions.sql as JSON; pg_proc
-- Prints   statement text: to be run in this order and rolled back; the last one prints the columns of Spells
-- Spells   defaults, body
--
-- A body that is stored parsed (begin atomic, return) is printed as a whole statement, which creates the function in another
-- schema, with its defaults. Any other body is stored as text and stays as it is: a function that does nothing carries the
-- defaults.
with given as (
    select
        r ->> 'body' as body,
        (r ->> 'defaults')::text[] as defaults,
        format('CREATE OR REPLACE %s %I.%I(', upper(r ->> 'kind'), r ->> 'schema', r ->> 'function') as head,
        format('CREATE OR REPLACE %s pgroundtrip_reprint.%I(', upper(r ->> 'kind'), r ->> 'function') as new_head,
        p.proargtypes,
        p.pronargs
    from (select current_setting('pgroundtrip.row')::jsonb as r) as setting
    join pg_namespace as n on n.nspname = r ->> 'schema'
    join pg_proc as p on p.pronamespace = n.oid
        and p.proname = r ->> 'function'
        and r ->> 'arguments' is not distinct from (
            select string_agg(format_type(t, null), ', ' order by i)
            from unnest(p.proargtypes) with ordinality as a (t, i)
        )
),
object as (
    select
        *,
        starts_with(body, head) as is_parsed,
        (
            select string_agg(format_type(t, null) || coalesce(' default ' || defaults[i - pronargs + cardinality(defaults)], ''), ', ' order by i)
            from unnest(proargtypes) with ordinality as a (t, i)
        ) as arguments
    from given
)
select s.statement
from object
cross join lateral (
    values
        (1, case when is_parsed
            then new_head || substr(body, length(head) + 1)
            else format('create function pgroundtrip_reprint.reprint(%s) returns void language sql as ''''', arguments) end),
        (2, format(
            'select
                (
                    select array_agg(d order by i)
                    from generate_series(1, coalesce(cardinality(p.proallargtypes), p.pronargs)) as i
                    cross join lateral pg_get_function_arg_default(p.oid, i) as d
                    where d is not null and p.pronargdefaults > 0
                ) as defaults%s
            from pg_proc as p
            where p.pronamespace = ''pgroundtrip_reprint''::regnamespace',
            case when is_parsed then format(', %L || substr(pg_get_functiondef(p.oid), length(%L) + 1) as body', head, new_head) end))
) as s (n, statement)
where is_parsed or defaults is not null
order by s.n;
