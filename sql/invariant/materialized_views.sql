-- materialized_views.sql: the rows of every materialized view.
--
-- Reads    every materialized view that is populated
-- Prints   schema name, materialized_view name, populated boolean, row_count numeric, digest numeric; ordered by schema, name
-- Key      schema, name
-- Class    content
-- Rows     can be compared one by one, table by table
-- Keeps    names, definitions and digests
-- Hint     a dump holds no rows of materialized views; the restore ran their queries again: refresh the view at the source before the dump, and if it still differs, check whether its query depends on the time, the session or random values
-- Splits   by pgroundtrip.piece, as tables.sql
-- Adds     row_count, digest
-- See      hint/materialized_views.sql: which views depend on when and where they are refreshed
-- Healthy  the same before and after; row_count and digest are NULL while it is not populated
--
-- pg_dump carries no rows of materialized views: the restore runs their queries again. A view that was stale at the dump, or
-- whose query reads the clock or a random number, therefore differs, and rightly so: refresh it before the dump. The query is
-- not run here to see its current result: it may come out of an archive, and would run with the reader's rights.
-- digest   as in tables.sql, which explains it; the common table expressions from "part" to "path" are the same text
with recursive slice as ( -- as in tables.sql
    select range[1]::oid as oid, range[2] as first_block, range[3] as end_block
    from unnest(nullif(current_setting('pgroundtrip.piece', true), '')::text[]) as name
    cross join string_to_array(name, ':') as range
),
asked as (
    select oid
    from pg_class
    where relkind = 'm' and coalesce(current_setting('pgroundtrip.piece', true), '') in ('', '{}')
    union
    select oid from slice
),
relation as (
    select c.*, n.nspname
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    where c.oid = any (array(select oid from asked)) and c.relkind = 'm'
        and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
        and (n.nspname::text, c.relname::text) not in ( -- views that cannot be read, and are reported as not covered
            select parts[1], parts[2]
            from unnest(nullif(current_setting('pgroundtrip.skip', true), '')::text[]) as name
            cross join parse_ident(name) as parts
        )
),
part as ( -- the types of columns, and the types that those are made of
    select distinct null::oid as owner, a.atttypid as type, null::name as field
    from relation as r
    join pg_attribute as a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
    union
    select part.type, piece.type, piece.field
    from part
    join pg_type as t on t.oid = part.type
    cross join lateral (
        select atttypid as type, attname as field
        from pg_attribute
        where t.typtype = 'c' and attrelid = t.typrelid and attnum > 0 and not attisdropped
        union all
        select t.typbasetype, null where t.typtype = 'd'
        union all
        select e.oid, null from pg_type as e where e.oid = t.typelem and e.typarray = t.oid
        union all
        select rngsubtype, null from pg_range where rngtypid = t.oid
        union all
        select rngtypid, null from pg_range as r where t.typtype = 'm' and t.oid < 16384 and (to_jsonb(r) ->> 'rngmultitypid')::oid = t.oid
        union all -- for a user-defined multirange type
        select refobjid, null from pg_depend
        where t.typtype = 'm' and classid = 'pg_type'::regclass and objid = t.oid and refclassid = 'pg_type'::regclass and deptype = 'i'
    ) as piece
),
height as ( -- nesting depth, for types that contain a composite or pg_lsn; from an array: else 19 allocates for 400 million rows
    select unnest(array(
            select distinct type from part join pg_type on pg_type.oid = type where typtype = 'c' or type = 'pg_lsn'::regtype
        )) as type, 1 as height
    union
    select owner, height + 1 from height join part using (type) where owner is not null
),
made as (
    select type, max(height) as height from height group by type
),
form as ( -- for all other types: the expression, as the texts before and after the value
    select distinct
        type,
        case
            when type = '"char"'::regtype then '{"","::pg_catalog.int4"}'
            when type = '"char"[]'::regtype then '{pg_catalog.concat(,"::pg_catalog.int4[])"}'
            when type = any ('{bool,bytea,int2,int4,int8,uuid,numeric,date,time,timetz,timestamp,timestamptz,interval}'::regtype[])
                or utf8 and type = any ('{text,varchar,bpchar,json,jsonb}'::regtype[]) then '{"",""}'
            else array[
                case when utf8 then '' else 'pg_catalog.convert_to(' end || 'case when ',
                ' is distinct from null then ' || case type when 'xml'::regtype then 'pg_catalog.ltrim(' else '' end || 'pg_catalog.concat(',
                ')' || case type when 'xml'::regtype then ', e''\n'')' else '' end || ' end'
                    || case when utf8 then '' else format(', %L)', getdatabaseencoding()) end
            ]
        end as pieces
    from part
    cross join (select getdatabaseencoding() in ('UTF8', 'LATIN1') as utf8) as encoding
),
piece as materialized (
    select made.type as owner, made.height, part.type, part.field, form.pieces
    from made
    left join (part join form using (type)) on part.owner = made.type
),
body as ( -- for types that contain a composite or pg_lsn: the expression by type oid, built from the innermost types outwards
    select 0 as height, '{}'::jsonb as bodies
    union all
    select body.height + 1, body.bodies || next.bodies
    from body
    cross join lateral (
        select jsonb_object_agg(text.owner, text.text) as bodies
        from (
            select piece.owner, format(
                case case piece.owner when 'pg_lsn'::regtype then 'w' else t.typtype end
                    when 'w' then 'v.x'
                    when 'c' then 'case when v.x is distinct from null then pg_catalog.record_send(row(%2$s)) end'
                    when 'd' then '(select %1$s from (select v.x::%3$s) as v(x))'
                    when 'r' then 'case when v.x is distinct from null then pg_catalog.record_send(row(
                        pg_catalog.isempty(v.x), pg_catalog.lower_inc(v.x), pg_catalog.upper_inc(v.x),
                        pg_catalog.lower_inf(v.x), pg_catalog.upper_inf(v.x),
                        (select %1$s from (select pg_catalog.lower(v.x)) as v(x)),
                        (select %1$s from (select pg_catalog.upper(v.x)) as v(x)))) end'
                    else 'case when v.x is distinct from null then pg_catalog.record_send(row('
                        || case t.typtype when 'b' then 'pg_catalog.array_dims(v.x), ' else '' end
                        || 'array(select %1$s from (select pg_catalog.unnest(v.x)) as v(x)))) end'
                end,
                max(body.bodies ->> piece.type::text),
                string_agg(
                    coalesce(
                        '(select ' || (body.bodies ->> piece.type::text) || format(' from (select (v.x).%I) as v(x))', coalesce(piece.field, '')),
                        array_to_string(piece.pieces, format('(v.x).%I', coalesce(piece.field, '')))
                    ), ', ' order by piece.field collate "C"
                ),
                format_type(t.typbasetype, null)
            ) as text
            from piece
            join pg_type as t on t.oid = piece.owner
            where piece.height = body.height + 1
            group by piece.owner, t.typtype, t.typbasetype
        ) as text
    ) as next
    where body.height < (select max(height) from made)
),
columns as (
    select
        a.attrelid,
        string_agg(e.value, ', ' order by a.attname collate "C") as list
    from relation as r
    join pg_attribute as a on a.attrelid = r.oid
    join form on form.type = a.atttypid
    cross join lateral (
        select coalesce(
            '(select ' || ((select bodies from body order by height desc limit 1) ->> a.atttypid::text) || format(' from (select %I) as v(x))', a.attname),
            array_to_string(form.pieces, quote_ident(a.attname))
        ) as value
    ) as e
    where a.attnum > 0 and not a.attisdropped
    group by a.attrelid
),
path as ( -- the search_path for tables with expressions that call user-defined functions, which the planner may inline
    select r.oid, concat_ws(', ', 'pg_catalog', nullif(s.reset_val, ''), schemas.list, 'pg_temp') as path
    from relation as r
    join pg_settings as s on s.name = 'search_path'
    cross join lateral (
        select string_agg(distinct n.oid::regnamespace::text, ', ') as list
        from (
            select 'pg_class'::regclass as class, indexrelid as id from pg_index where indrelid = r.oid
            union all
            select 'pg_class'::regclass, relid from pg_partition_ancestors(r.oid) where r.relispartition
            union all
            select 'pg_statistic_ext'::regclass, oid from pg_statistic_ext where stxrelid = r.oid
            union all
            select 'pg_attrdef'::regclass, d.oid
            from pg_attrdef as d
            join pg_attribute as a on a.attrelid = adrelid and a.attnum = adnum and a.attgenerated = 'v'
            where adrelid = r.oid
        ) as holder
        join pg_depend as d on d.classid = holder.class and d.objid = holder.id
        left join pg_operator as o on d.refclassid = 'pg_operator'::regclass and o.oid = d.refobjid
        join pg_proc as p on p.oid = coalesce(o.oprcode, case d.refclassid when 'pg_proc'::regclass then d.refobjid end)
            and p.prolang not in (select oid from pg_language where lanname in ('internal', 'c'))
        cross join lateral unnest(array[p.pronamespace, r.relnamespace, to_regnamespace('public')]
            || array(select extnamespace from pg_extension)) as n (oid)
    ) as schemas
    where schemas.list is not null
),
leaf as (
    select
        r.oid::bigint as root,
        path.path,
        format('pg_catalog.record_send(row(%s)) as r from %I.%I', columns.list, r.nspname, r.relname)
            || coalesce(' where ctid >= ''(' || first_block || ',0)''', '')
            || coalesce(' and ctid < ''(' || nullif(end_block, '') || ',0)''', '') as rows,
        case when path.path is null and pg_relation_size(r.oid) < 1048576
            then sum(r.relnatts + 8) over (order by r.oid) / 128 else -r.oid::bigint end as batch
    from relation as r
    left join columns on columns.attrelid = r.oid
    left join path on path.oid = r.oid
    left join slice on slice.oid = r.oid
    where r.relispopulated and coalesce(current_setting('pgroundtrip.piece', true), '') <> '{}'
),
batch as ( -- the query for a view, or for many small ones: the sums of each, after its oid
    select
        max(path) as path,
        format($sql$
            select pg_catalog.string_agg(sums, ',') as sums
            from (
                select pg_catalog.concat_ws(' ', %s, pg_catalog.count(*),
                    pg_catalog.sum(pg_catalog.substring(h, 1, 64)::int8), pg_catalog.sum(pg_catalog.substring(h, 65, 64)::int8),
                    pg_catalog.sum(pg_catalog.substring(h, 129, 64)::int8), pg_catalog.sum(pg_catalog.substring(h, 193, 64)::int8)) as sums
                from (
                    select k, pg_catalog.textcat('x', pg_catalog.encode(pg_catalog.sha256(%s), 'hex'))::bit(256) as h
                    from (%s) as rows offset '0'
                ) as hashes
                %s
            ) as tables
            $sql$, -- without an offset each row is hashed four times; an unquoted 0 is cast from int, which prevents parallel aggregation
            case count(*) when 1 then min(root)::text else 'k' end,
            case when current_setting('pgroundtrip.key', true) <> '' then
                $sql$pg_catalog.byteacat((select pg_catalog.decode(pg_catalog.current_setting('pgroundtrip.key'), 'hex')), r)$sql$
            else 'r' end,
            string_agg(format('select %s as k, %s', root, rows), ' union all '),
            case when count(*) > 1 then 'group by k' end
        ) as query
    from leaf
    group by batch
),
sums as (
    select string_to_array(line, ' ') as s
    from batch
    cross join lateral unnest(string_to_array(substring(query_to_xml(format(
        case when path is null then '%1$s' else $sql$
            select pg_catalog.set_config('search_path', %2$L, true);
            select pg_catalog.set_config('extra_float_digits', %4$L, true), pg_catalog.set_config('timezone', %5$L, true),
                pg_catalog.set_config('datestyle', %6$L, true), pg_catalog.set_config('pgroundtrip.sums', (%1$s), true);
            select pg_catalog.set_config('search_path', %3$L, true), pg_catalog.current_setting('pgroundtrip.sums') as sums
        $sql$ end,
        query, path, current_setting('search_path'),
        current_setting('extra_float_digits'), current_setting('timezone'), current_setting('datestyle')
    ), false, false, '')::text from '<sums>([^<]*)</sums>'), ',')) as line
)
select
    nspname as schema,
    relname as materialized_view,
    relispopulated as populated,
    case when relispopulated then coalesce(s[2]::numeric, 0) end as row_count,
    case when relispopulated then
        coalesce(((s[3]::numeric * q + s[4]::numeric) * q + s[5]::numeric) * q + s[6]::numeric, 0) end as digest
from relation
left join sums on s[1]::oid = relation.oid
cross join (select 18446744073709551616 as q) as two_to_the_64
order by nspname collate "C", relname collate "C";
