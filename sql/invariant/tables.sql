-- tables.sql: the rows of every table.
--
-- Reads    every table; one that the reader may not select from is an error, never a silent gap
-- Prints   schema name, table name, row_count numeric, digest numeric; ordered by schema, table
-- Key      schema, table
-- Class    content
-- Rows     can be compared one by one, table by table
-- Keeps    names and digests
-- Hint     to see which rows differ, restore with -source DSN, or restore a dump that was made with -with-rows
-- Splits   by pgroundtrip.piece: '{}' reads no table, '{16385,16390:0:4096}' one table, and blocks of another; see pieces.sql
-- Adds     row_count, digest
-- Healthy  the same before and after
-- digest   The sum of the SHA-256 of each row, read as a number of four signed digits of 64 bits. A sum does not depend on order,
--          counts duplicates (an xor would not), needs no memory, and can be added up over the pieces of a table.
-- key      If the setting pgroundtrip.key is set (64 hex digits), these 32 bytes are hashed before each row. Without a key, someone
--          who can choose hundreds of rows and try them out can make two sums collide; with one, they cannot.
-- rows     Columns are sorted by name, because a restore may change the column order of an inheritance child.
--          record_send gives every column its type, length and NULL mark, so nothing can move across a column boundary. Types
--          whose binary form never changes are sent as they are, which is fast; all others go through their output functions,
--          never through a cast from the archive. So do floats, because NaN has many bit patterns. "char" is sent as a number:
--          before 16, values above 127 are not valid text. Columns go in one by one: COPY carries rows that row()::text cannot.
-- bytes    In encodings other than UTF8 and LATIN1, two values can map to the same UTF-8 text, or to none: there, the stored bytes
--          are hashed.
-- parts    The fields of a composite value are in the order of its type, and an archive holds them as text in that order: if a
--          restore changes the order, every value changes. So values are taken apart by field name, also inside arrays, domains,
--          ranges and composites. Such an expression refers to its value as v.x, at every depth. pg_lsn, which 19 prints with more
--          zeros, becomes a number in the same way.
-- path     The planner inlines SQL functions of an index, and cannot find what they call without a schema. Tables with such
--          expressions are read under a longer search_path, which still begins with pg_catalog. Functions that run then may change
--          output settings; the settings that could make different values look alike are set again when the rows are read.
-- trees    A partitioned table is one row, the sum of its leaves: pg_dump loads some of them through the root, and their rows may
--          rightly end up in another leaf (hash partitions by enum). Inheritance children are separate tables.
-- Tables of extensions are read as well: pg_dump silently omits their rows. Foreign tables are not read, nor are unlogged tables on
-- a standby, which cannot read them (row_count and digest are NULL).
with recursive slice as ( -- the requested tables, or ranges of their blocks; '' means everything
    select range[1]::oid as oid, range[2] as first_block, range[3] as end_block
    from unnest(nullif(current_setting('pgroundtrip.piece', true), '')::text[]) as name
    cross join string_to_array(name, ':') as range
),
asked as (
    select oid
    from pg_class
    where relkind in ('r', 'p') and coalesce(current_setting('pgroundtrip.piece', true), '') in ('', '{}')
    union
    select table_oid from slice cross join unnest(array[oid, pg_partition_root(oid)]) as table_oid
),
skipped as ( -- tables that cannot be read, and are reported as not covered
    select c.oid
    from unnest(nullif(current_setting('pgroundtrip.skip', true), '')::text[]) as name
    cross join parse_ident(name) as parts
    join pg_namespace as n on n.nspname = parts[1]
    join pg_class as c on c.relnamespace = n.oid and c.relname = parts[2]
),
relation as (
    select c.*, n.nspname, c.relpersistence = 'u' and pg_is_in_recovery() as unreadable
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    where c.oid = any (array(select oid from asked)) and c.relkind in ('r', 'p') -- by oid: a piece is a few tables out of many
        and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
        and coalesce(pg_partition_root(c.oid), c.oid) not in (select oid from skipped)
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
        coalesce(pg_partition_root(r.oid), r.oid)::oid::bigint as root,
        path.path,
        format('pg_catalog.record_send(row(%s)) as r from only %I.%I', columns.list, r.nspname, r.relname)
            || coalesce(' where ctid >= ''(' || first_block || ',0)''', '')
            || coalesce(' and ctid < ''(' || nullif(end_block, '') || ',0)''', '') as rows,
        case when path.path is null and pg_relation_size(r.oid) < 1048576
            then sum(r.relnatts + 8) over (order by r.oid) / 128 else -r.oid::bigint end as batch
    from relation as r
    left join columns on columns.attrelid = r.oid
    left join path on path.oid = r.oid
    left join slice on slice.oid = r.oid
    where r.relkind = 'r' and not r.unreadable and coalesce(current_setting('pgroundtrip.piece', true), '') <> '{}'
        and not (r.relam = 2 and pg_relation_size(r.oid) = 0 and has_table_privilege(r.oid, 'select') and not row_security_active(r.oid)) -- an empty heap
),
batch as ( -- the query for a table, or for many small ones: the sums of each, after the number of its root
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
),
total as (
    select s[1]::oid as root, array[sum(s[2]::numeric), sum(s[3]::numeric), sum(s[4]::numeric), sum(s[5]::numeric), sum(s[6]::numeric)] as s
    from sums
    group by s[1]::oid
)
select
    r.nspname as schema,
    r.relname as table,
    case when not r.unreadable then coalesce(s[1], 0) end as row_count,
    case when not r.unreadable then coalesce(((s[2] * q + s[3]) * q + s[4]) * q + s[5], 0) end as digest
from relation as r
left join total on total.root = r.oid
cross join (select 18446744073709551616 as q) as two_to_the_64
where not r.relispartition
order by r.nspname collate "C", r.relname collate "C";
