-- materialized_views.sql: what every materialized view holds.
--
-- Reads    every materialized view that is populated
-- Prints   schema name, materialized_view name, populated boolean, row_count numeric, digest text; ordered by schema, name
-- Key      schema, name
-- Class    content
-- Rows     can be laid side by side, table by table
-- Keeps    names, definitions and digests
-- Hint     a restore runs the query of each view again: one that was stale at the dump differs; refresh it before the dump
-- Healthy  the same before and after; row_count and digest are NULL while it is not populated
--
-- pg_dump carries no rows of these: the restore runs their query again. A view that is stale at the dump, or whose query
-- asks for the clock or a random number, therefore differs, and that is the truth: refresh it before the dump. The
-- query is not run here to find out what it would give: it comes out of the archive, and would run with the reader's rights.
-- digest   as in tables.sql, and explained there
with columns as (
    select
        attrelid,
        array_agg(col order by name) filter (where fixed) as fixed_cols,
        array_agg(col order by name) filter (where not fixed) as other_cols
    from (
        select
            attrelid,
            attname collate "C" as name,
            format(case atttypid
                when '"char"'::regtype then '%I::pg_catalog.int4'
                when '"char"[]'::regtype then '%I::pg_catalog.int4[]'
                else '%I'
            end, attname) as col,
            getdatabaseencoding() <> 'SQL_ASCII' and atttypid = any ('{bool,bytea,"\"char\"",int2,int4,int8,text,varchar,bpchar,
                json,jsonb,uuid,numeric,date,time,timetz,timestamp,timestamptz,interval}'::regtype[]) as fixed
        from pg_attribute
        where attnum > 0 and not attisdropped
    ) as a
    group by attrelid
),
views as (
    select
        n.nspname,
        c.relname,
        c.relispopulated,
        case when c.relispopulated then string_to_array(substring(query_to_xml(format(
            $sql$
            select concat_ws(' ', count(*), sum(substring(h, 1, 64)::int8), sum(substring(h, 65, 64)::int8),
                sum(substring(h, 129, 64)::int8), sum(substring(h, 193, 64)::int8)) as sums
            from (select ('x' || encode(sha256(%s), 'hex'))::bit(256) as h from %I.%I offset '0') as hashes
            $sql$,
            format(
                case getdatabaseencoding() when 'SQL_ASCII' then 'convert_to(row(%s)::text, ''SQL_ASCII'')' else 'record_send(row(%s))' end,
                array_to_string(fixed_cols || ('row(' || array_to_string(other_cols, ', ') || ')::text'), ', ')
            ),
            n.nspname, c.relname
        ), false, false, '')::text from '<sums>([^<]*)</sums>'), ' ')::numeric[] end as s
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    left join columns on columns.attrelid = c.oid
    where c.relkind = 'm'
        and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
        and (n.nspname::text, c.relname::text) not in ( -- what cannot be read, and is not covered
            select parts[1], parts[2]
            from unnest(nullif(current_setting('pgroundtrip.skip', true), '')::text[]) as name
            cross join parse_ident(name) as parts
        )
)
select
    nspname as schema,
    relname as materialized_view,
    relispopulated as populated,
    s[1] as row_count,
    encode(sha256(convert_to(array_to_string(s, ' '), 'UTF8')), 'hex') as digest
from views
order by nspname collate "C", relname collate "C";
