-- views.sql: the query of every view and materialized view.
--
-- Reads    pg_class, through pg_get_viewdef
-- Prints   schema, view, definition; ordered by schema, view
-- Key      schema, view
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after
--
-- Up to 15 PostgreSQL prints the columns of a view over one table as t.c, from 16 on as c. So the name of the first thing
-- in FROM is taken off wherever it qualifies a column, outside literals. Nothing is lost: a column of any other
-- table keeps its qualifier, and a bare name means the first. And
-- "(VALUES" comes back as "( VALUES".
with view as (
    select
        n.nspname,
        c.relname,
        pg_get_viewdef(c.oid) as def
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    where c.relkind in ('v', 'm')
        and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
        and not exists (
            select from pg_depend as e
            where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e'
        )
),
qualifier as (
    select
        *,
        -- the outermost FROM stands three spaces in; its item ends before the next clause; an alias is the last name in it
        regexp_replace(
            substring(
                regexp_replace(
                    substring(def from E'\n   FROM (.*?)(?:\n  ?[A-Z]|;$)'),
                    '( TABLESAMPLE .*| ?\([^()]*\))$', ''),
                '((?:"(?:[^"]|"")+"|[^ ."()]+))$'),
            '([^[:alnum:]_ ])', '\\\1', 'g') as name
    from view
)
select
    nspname as schema,
    relname as view,
    (
        select string_agg(
            case when part[1] like '''%' then part[1]
                else replace(
                    coalesce(regexp_replace(part[1], '(^|[^[:alnum:]_$".])' || name || '\.', '\1', 'g'), part[1]),
                    '(VALUES ', '( VALUES ') end,
            '' order by n)
        from regexp_matches(def, '''(?:[^'']|'''')*''|(?:[^''"]|"(?:[^"]|"")*")+', 'g') with ordinality as m (part, n)
    ) as definition
from qualifier
order by nspname collate "C", relname collate "C";
