-- foreign_servers.sql: foreign data wrappers, servers, user mappings and foreign tables. Foreign rows are never read.
--
-- Reads    pg_foreign_data_wrapper, pg_foreign_server, pg_user_mappings, pg_foreign_table
-- Prints   part, name, of, definition, options; ordered by part, name, of. part is wrapper, server, user mapping or table
-- Key      part, name, of
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after
--
-- Options of a user mapping may be passwords: only their SHA-256 is printed, and nothing for a role that may not see them.
-- Option names are unique within an object and their order has no meaning: they are sorted.
with part as (
    select
        'wrapper' as part,
        w.fdwname collate "C" as name,
        null collate "C" as of,
        concat_ws(' ', 'handler ' || nullif(w.fdwhandler, 0)::regprocedure,
            'validator ' || nullif(w.fdwvalidator, 0)::regprocedure,
            'connection ' || nullif((to_jsonb(w) ->> 'fdwconnection')::oid, 0)::regprocedure) as definition, -- from 19 on
        w.fdwoptions as options
    from pg_foreign_data_wrapper as w
    where not exists (
        select from pg_depend as e
        where e.classid = 'pg_foreign_data_wrapper'::regclass and e.objid = w.oid and e.deptype = 'e'
    )
    union all
    select 'server', s.srvname, w.fdwname,
        concat_ws(' ', 'type ' || quote_literal(nullif(s.srvtype, '')), 'version ' || quote_literal(nullif(s.srvversion, ''))), s.srvoptions
    from pg_foreign_server as s
    join pg_foreign_data_wrapper as w on w.oid = s.srvfdw
    where not exists (
        select from pg_depend as e
        where e.classid = 'pg_foreign_server'::regclass and e.objid = s.oid and e.deptype = 'e'
    )
    union all
    select 'user mapping', m.usename, m.srvname, null, array[(
            select encode(sha256(convert_to(string_agg(quote_literal(o), ', ' order by o collate "C"), 'UTF8')), 'hex')
            from unnest(m.umoptions) as o
        )]
    from pg_user_mappings as m
    union all
    select 'table', format('%I.%I', n.nspname, c.relname), s.srvname, null, f.ftoptions
    from pg_foreign_table as f
    join pg_class as c on c.oid = f.ftrelid
    join pg_namespace as n on n.oid = c.relnamespace
    join pg_foreign_server as s on s.oid = f.ftserver
    where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
        and not exists (
            select from pg_depend as e
            where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e'
        )
)
select
    part,
    name,
    of,
    definition,
    (select array_agg(o order by o collate "C") from unnest(options) as o where o is not null) as options
from part
order by part collate "C", name, of;
