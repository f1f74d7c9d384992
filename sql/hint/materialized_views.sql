-- hint/materialized_views.sql: why a materialized view that a restore refreshed may differ from the source's.
--
-- Reads    pg_rewrite, of materialized views and of the views that they read; pg_depend, pg_proc
-- Prints   schema, materialized_view, hint; ordered by schema, materialized_view
-- Why      the stored query is searched, because built-in functions leave no trace in pg_depend. The bodies of user-defined
--          functions are not examined: one that is not immutable may give another result at another time
with recursive query as (
    select c.oid, ev_action::text as text
    from pg_rewrite as r
    join pg_class as c on c.oid = r.ev_class
    where r.rulename = '_RETURN' and c.relkind in ('v', 'm') and c.oid >= 16384
),
reached as (
    select c.oid as view, c.oid as reads from pg_class as c where c.relkind = 'm'
    union
    select view, d.refobjid
    from reached
    join pg_rewrite as r on r.ev_class = reads and r.rulename = '_RETURN' and reads >= 16384
    join pg_depend as d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass
    where d.refobjid <> reads
),
called as (
    select distinct query.oid as reads, p.*
    from (
        select oid, text from query
        union all -- omitted arguments: their defaults are not part of the query
        select query.oid, p.proargdefaults::text
        from query
        cross join regexp_matches(text, ':funcid (\d+)', 'g') as m (part)
        join pg_proc as p on p.oid = m.part[1]::oid and p.oid >= 16384
    ) as query
    cross join regexp_matches(text, ':(?:funcid|opfuncid|aggfnoid|winfnoid) (\d+)', 'g') as m (part)
    join pg_proc as p on p.oid = m.part[1]::oid
),
cause as (
    select
        reads,
        case
            when oid >= 16384 then 'a function that is not immutable'
            when proname ~ '^(now|timeofday|age|pg_postmaster_start_time|pg_conf_load_time)$|_timestamp$' then 'the clock'
            when proname ~ 'random|^uuidv' then 'random numbers'
            when proname ~ 'current_setting' then 'a setting, which no archive carries'
            else 'where and by whom it is refreshed'
        end as what,
        case when proname = 'current_setting' then null else proname || '()' end as name
    from called
    where provolatile <> 'i' and oid >= 16384
        or provolatile = 'v'
        or provolatile = 's' and (
            proname ~ '^(now|statement_timestamp|transaction_timestamp|pg_postmaster_start_time|pg_conf_load_time|version|pg_backend_pid'
                '|current_(database|schemas?|setting)|session_user|getpgusername|system_user|inet_.*|txid_.*|pg_current_.*|pg_has_role|has_.*_privilege'
                '|pg_(stat|lock)_.*|pg_.*_size|to_reg.*)$'
            or proname = 'age' and pronargs = 1
        )
    union all
    select query.oid, 'a setting, which no archive carries', m.part[1]
    from query
    join called on called.reads = query.oid and called.proname = 'current_setting' and called.oid < 16384
    cross join regexp_matches(pg_get_viewdef(query.oid), 'current_setting\(''((?:[^'']|'''')+)''', 'g') as m (part)
    union all
    select query.oid, case when m.part[1]::int < 9 then 'the clock' else 'where and by whom it is refreshed' end,
        split_part('current_date,current_time,current_time,current_timestamp,current_timestamp,localtime,localtime,localtimestamp,'
            'localtimestamp,current_role,current_user,user,session_user,current_catalog,current_schema', ',', m.part[1]::int + 1)
    from query
    cross join regexp_matches(text, '\{SQLVALUEFUNCTION :op (\d+)', 'g') as m (part)
    union all
    select query.oid, 'the catalogs', m.part[1]::oid::regclass::text
    from query
    cross join regexp_matches(text, ':relid (\d+)', 'g') as m (part)
    where m.part[1]::oid between 1 and 16383
    union all
    select c.oid, 'rows of another server', c.oid::regclass::text from pg_class as c where c.relkind = 'f'
    union all
    select query.oid, 'random numbers', 'tablesample' from query where text ~ '\{TABLESAMPLECLAUSE .*:repeatable <>'
    union all
    select query.oid, 'the physical order of rows', p.proname || '()'
    from query
    cross join regexp_matches(text, ':aggfnoid (\d+?) .*?:aggorder (<>|\()', 'g') as m (part)
    join pg_proc as p on p.oid = m.part[1]::oid
    where m.part[2] = '<>' and (p.oid >= 16384 or p.proname ~ '_agg$|^xmlagg$' or 'float8'::regtype = any (p.proargtypes) or 'float4'::regtype = any (p.proargtypes))
    union all
    select query.oid, 'the physical order of rows', 'limit' from query where text ~ ':limitCount \{'
    union all
    select query.oid, 'the physical order of rows', 'distinct on' from query where text ~ ':hasDistinctOn true'
    union all
    select reads, 'the physical order of rows', proname || '()'
    from called
    where prokind = 'w' and oid < 16384 and proname not in ('rank', 'dense_rank', 'percent_rank', 'cume_dist')
),
explained as (
    select view, string_agg(what || coalesce(' (' || names || ')', ''), ', ' order by what collate "C") as causes
    from (
        select view, what, string_agg(distinct name, ', ') as names
        from reached
        join cause using (reads)
        group by view, what
    ) as c
    group by view
),
setting as (
    select view, string_agg(distinct name, ', ') as names
    from reached
    join (
        select reads, proname || '()' as name from called where provolatile = 's' and oid < 16384
        union all -- text converted to another type: its meaning depends on settings, and that of 'now' on the clock
        select query.oid, 'a cast of text to ' || format_type(m.part[1]::oid, null)
        from query
        cross join regexp_matches(text, ':resulttype (\d+) :resultcollid \d+ :coerceformat', 'g') as m (part)
        join pg_type as t on t.oid = m.part[1]::oid
        join pg_proc as p on p.oid = t.typinput and p.provolatile = 's'
    ) as read using (reads)
    group by view
)
select -- both are looked up by the view's oid: a join might scan all of them for each view
    n.nspname as schema,
    c.relname as materialized_view,
    format('%I.%I ', n.nspname, c.relname) || case
        when causes is not null then 'depends on ' || causes || format(
            ': its rows depend on when and where it is refreshed; if it was not stale at the dump, restore with -volatile %I.%I',
            n.nspname, c.relname)
        when names is not null then format(
            'was stale at the dump, or refreshed at another time or under other settings than in the restore (its query has %s): refresh it before the dump',
            names)
        else 'was stale at the dump: refresh it before the dump'
    end as hint
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
cross join lateral (
    select
        (select jsonb_object_agg(view, explained.causes) from explained) ->> c.oid::text as causes,
        (select jsonb_object_agg(view, setting.names) from setting) ->> c.oid::text as names
) as found
where c.relkind = 'm'
order by n.nspname collate "C", c.relname collate "C";
