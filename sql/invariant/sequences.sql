-- sequences.sql: the state of every sequence.
--
-- Reads    every sequence, and the column that owns it (of a partitioned table: all leaves, unless one is foreign)
-- Prints   schema name, sequence name, last_value bigint, is_called boolean,
--          handed_out numeric, beyond_data boolean; ordered by schema, sequence
-- Key      schema, sequence
-- Class    content
-- Grows    handed_out
-- Keeps    names, definitions and digests
-- Healthy  the same before and after; under live writers handed_out may be ahead of the dump, but never behind it: sequences
--          are not part of a snapshot
--
-- handed_out  The number of values that the sequence has handed out since its start; NULL if it cycles, because then a lower
--              value may be the later one.
-- beyond_data  Whether the next value is beyond all values of the owning column; NULL if no integer column owns the sequence.
--              A sequence that fell behind its data makes the first insert fail, although every row is in place.
-- search_path  The planner inlines SQL functions of an index, and cannot find what they call without a schema. Tables that may
--              have such functions are read under a longer search_path, which still begins with pg_catalog.
-- A standby cannot read unlogged relations: there an unlogged sequence has only NULLs, and one that an unlogged table owns has
-- NULL in beyond_data.
with sequence as (
    select
        c.oid::bigint as id,
        n.nspname,
        c.relname,
        s.seqstart,
        s.seqincrement,
        s.seqcycle,
        t.oid is not null as has_owner,
        case when t.relkind = 'p' or exists (select from pg_statistic_ext where stxrelid = t.oid)
            or exists (select from pg_index where indrelid = t.oid and (indexprs is not null or indpred is not null)) then
            concat_ws(', ', 'pg_catalog', nullif(reset_val, ''), quote_ident(tn.nspname), extensions.schemas, 'public', 'pg_temp')
        end as path,
        case when not (c.relpersistence = 'u' and pg_is_in_recovery()) then format(
            'select pg_catalog.concat_ws('' '', %s, last_value, is_called, %s) as state from %I.%I',
            c.oid::bigint,
            case when t.oid is null or t.relkind = 'r' and t.relam = 2 and pg_relation_size(t.oid) = 0 then 'null' else format( -- 2: heap
                '(select %1$I from %2$s %3$I.%4$I where %1$I is not null order by %1$I %5$s limit 1)', -- max() would be planned twice
                a.attname, case when t.relkind = 'r' then 'only' end, tn.nspname, t.relname,
                case when s.seqincrement > 0 then 'desc' end) end,
            n.nspname, c.relname) end as query
    from pg_sequence as s
    join pg_class as c on c.oid = s.seqrelid
    join pg_namespace as n on n.oid = c.relnamespace
    left join pg_depend as d on d.classid = 'pg_class'::regclass and d.objid = c.oid
        and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0 and d.deptype in ('a', 'i')
    left join pg_attribute as a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
        and a.atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
    left join pg_class as t on t.oid = a.attrelid and t.relkind in ('r', 'p')
        and not (t.relpersistence = 'u' and pg_is_in_recovery())
        and not exists ( -- leaves are looked up by oid: a join with all relations would read all of them for each sequence
            select from pg_partition_tree(case t.relkind when 'p' then t.oid end) as leaf
            where (select l.relkind = 'f' or l.relpersistence = 'u' and pg_is_in_recovery() from pg_class as l where l.oid = leaf.relid)
        )
    left join pg_namespace as tn on tn.oid = t.relnamespace
    join pg_settings on name = 'search_path'
    cross join (select string_agg(distinct extnamespace::regnamespace::text, ', ') as schemas from pg_extension) as extensions
    where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
),
batch as ( -- one statement for many sequences takes half as long as a statement for each
    select max(path) as path, string_agg(query, ' union all ') as query
    from (select *, case when path is null then row_number() over (order by path is null desc, id) / 16 else -id end as batch from sequence) as numbered
    group by batch
),
state as (
    select string_to_array(line, ' ') as s
    from batch
    cross join lateral unnest(string_to_array(substring(query_to_xml(format(
        case when path is null then 'select pg_catalog.string_agg(state, '','') as state from (%1$s) as states' else $sql$
            select pg_catalog.set_config('search_path', %2$L, true);
            select pg_catalog.set_config('pgroundtrip.state', (%1$s), true);
            select pg_catalog.set_config('search_path', %3$L, true), pg_catalog.current_setting('pgroundtrip.state') as state
        $sql$ end,
        query, path, current_setting('search_path')
    ), false, false, '')::text from '<state>([^<]*)</state>'), ',')) as line
)
select
    nspname as schema,
    relname as sequence,
    s[2]::bigint as last_value,
    s[3]::boolean as is_called,
    case when not seqcycle then div(s[2]::numeric - seqstart, seqincrement) + s[3]::boolean::int end as handed_out,
    case when has_owner then coalesce(case
        when seqincrement > 0 then s[2]::numeric + seqincrement * s[3]::boolean::int > s[4]::numeric
        else s[2]::numeric + seqincrement * s[3]::boolean::int < s[4]::numeric end, s is not null or null) end as beyond_data
from sequence
left join state on s[1]::bigint = id
order by nspname collate "C", relname collate "C";
