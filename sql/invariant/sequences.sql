-- sequences.sql: where every sequence stands.
--
-- Reads    every sequence, and the column that owns it (of a partitioned table: all leaves, unless one is foreign)
-- Prints   schema name, sequence name, last_value bigint, is_called boolean,
--          handed_out numeric, beyond_data boolean; ordered by schema, sequence
-- Key      schema, sequence
-- Class    content
-- Grows    handed_out
-- Keeps    names, definitions and digests
-- Healthy  the same before and after; under live writers handed_out may be ahead of the dump, never behind: sequences
--          stand outside snapshots
--
-- handed_out  how many values the sequence has given since its start; NULL if it cycles: then a lower one may be ahead.
-- beyond_data  the next value is one that the owning column has not seen yet; NULL if no integer column owns the sequence.
--              A sequence that fell behind its data fails at the first insert, with every row in place.
-- search_path  The planner looks into SQL functions of an index, and does not find what they call without a schema. Tables
--              that may have such are read under a longer search_path, in which pg_catalog is still the first.
-- What is unlogged cannot be read on a standby: of such a sequence all is NULL there, of one that such a table owns beyond_data.
with sequence as (
    select
        n.nspname,
        c.relname,
        s.seqstart,
        s.seqincrement,
        s.seqcycle,
        not (c.relpersistence = 'u' and pg_is_in_recovery()) as readable,
        case when t.relkind = 'p' or exists (select from pg_statistic_ext where stxrelid = t.oid)
            or exists (select from pg_index where indrelid = t.oid and (indexprs is not null or indpred is not null)) then
            concat_ws(', ', 'pg_catalog', nullif(reset_val, ''), quote_ident(tn.nspname), extensions.schemas, 'public', 'pg_temp')
        end as path,
        case when t.oid is not null then format('(select pg_catalog.%s(%I) from %s %I.%I)',
            case when s.seqincrement > 0 then 'max' else 'min' end, a.attname,
            case when t.relkind = 'r' then 'only' end, tn.nspname, t.relname) end as seen
    from pg_sequence as s
    join pg_class as c on c.oid = s.seqrelid
    join pg_namespace as n on n.oid = c.relnamespace
    left join pg_depend as d on d.classid = 'pg_class'::regclass and d.objid = c.oid
        and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0 and d.deptype in ('a', 'i')
    left join pg_attribute as a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
        and a.atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
    left join pg_class as t on t.oid = a.attrelid and t.relkind in ('r', 'p')
        and not (t.relpersistence = 'u' and pg_is_in_recovery())
        and not exists ( -- a leaf is looked up by its oid: in a join with all relations each sequence would read them all
            select from pg_partition_tree(case t.relkind when 'p' then t.oid end) as leaf
            where (select l.relkind = 'f' or l.relpersistence = 'u' and pg_is_in_recovery() from pg_class as l where l.oid = leaf.relid)
        )
    left join pg_namespace as tn on tn.oid = t.relnamespace
    join pg_settings on name = 'search_path'
    cross join (select string_agg(distinct extnamespace::regnamespace::text, ', ') as schemas from pg_extension) as extensions
    where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
),
state as (
    select
        nspname,
        relname,
        seqstart,
        seqincrement,
        seqcycle,
        case when readable then string_to_array(substring(query_to_xml(format(
            case when path is null then '%1$s' else $sql$
                select pg_catalog.set_config('search_path', %2$L, true);
                select pg_catalog.set_config('pgroundtrip.state', (%1$s), true);
                select pg_catalog.set_config('search_path', %3$L, true), pg_catalog.current_setting('pgroundtrip.state') as state
            $sql$ end,
            format(
                'select pg_catalog.concat_ws('' '', last_value, is_called, %s) as state from %I.%I',
                coalesce(
                    format('coalesce(last_value::numeric operator(pg_catalog.+) case when is_called then %s else 0 end ', seqincrement)
                        || case when seqincrement > 0 then 'operator(pg_catalog.>) ' else 'operator(pg_catalog.<) ' end
                        || seen || ', true)', 'null'),
                nspname, relname
            ), path, current_setting('search_path')
        ), false, false, '')::text from '<state>([^<]*)</state>'), ' ') end as s
    from sequence
)
select
    nspname as schema,
    relname as sequence,
    s[1]::bigint as last_value,
    s[2]::boolean as is_called,
    case when not seqcycle then div(s[1]::numeric - seqstart, seqincrement) + s[2]::boolean::int end as handed_out,
    s[3]::boolean as beyond_data
from state
order by nspname collate "C", relname collate "C";
