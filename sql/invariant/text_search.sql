-- text_search.sql: text search configurations, dictionaries, templates and parsers.
--
-- Reads    pg_ts_config, pg_ts_config_map, pg_ts_dict, pg_ts_template, pg_ts_parser
-- Prints   kind, schema, name, definition; ordered by kind, schema, name
-- Key      kind, schema, name
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after
--
-- The definition of a configuration is its parser, then every token type with its dictionaries in the order in which they are consulted.
with object as (
    select
        'pg_ts_config'::regclass::oid as class, c.oid, 'configuration' as kind, c.cfgnamespace as namespace, c.cfgname as name,
        format('%I.%I', n.nspname, p.prsname) || (
            select coalesce(string_agg(format('; %s: %s', token.alias, map.dicts), '' order by token.alias collate "C"), '')
            from ts_token_type(c.cfgparser) as token
            join (
                select m.maptokentype, string_agg(m.mapdict::regdictionary::text, ', ' order by m.mapseqno) as dicts
                from pg_ts_config_map as m
                where m.mapcfg = c.oid
                group by m.maptokentype
            ) as map on map.maptokentype = token.tokid
        ) as definition
    from pg_ts_config as c
    join pg_ts_parser as p on p.oid = c.cfgparser
    join pg_namespace as n on n.oid = p.prsnamespace
    union all
    select 'pg_ts_dict'::regclass, d.oid, 'dictionary', d.dictnamespace, d.dictname,
        format('%I.%I; %s', n.nspname, t.tmplname, d.dictinitoption)
    from pg_ts_dict as d
    join pg_ts_template as t on t.oid = d.dicttemplate
    join pg_namespace as n on n.oid = t.tmplnamespace
    union all
    select 'pg_ts_template'::regclass, t.oid, 'template', t.tmplnamespace, t.tmplname,
        format('init %s; lexize %s', t.tmplinit, t.tmpllexize)
    from pg_ts_template as t
    union all
    select 'pg_ts_parser'::regclass, p.oid, 'parser', p.prsnamespace, p.prsname,
        format('start %s; token %s; end %s; headline %s; lextypes %s', p.prsstart, p.prstoken, p.prsend, p.prsheadline, p.prslextype)
    from pg_ts_parser as p
)
select
    o.kind,
    n.nspname as schema,
    o.name,
    o.definition
from object as o
join pg_namespace as n on n.oid = o.namespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and not exists (
        select from pg_depend as e
        where e.classid = o.class and e.objid = o.oid and e.deptype = 'e'
    )
order by o.kind collate "C", n.nspname collate "C", o.name collate "C";
