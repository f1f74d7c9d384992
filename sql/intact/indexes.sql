-- intact/indexes.sql: rows that a unique index does not find, or has in another order than this server's collation.
--
-- Reads    every table with a unique or primary key index, twice: from the table to the index, and along the index
-- Prints   fault text; ordered
-- Scope    files
-- Hint     the index was not built by this server's libc or ICU, or was damaged: reindex it (reindex index, or reindex database)
-- Healthy  no rows: each row is found under its key, and each key is greater than the one before it
-- Why      a copy of files, a standby or an upgrade brings indexes along. Another version of libc or ICU changes the order of
--          text without touching a row: then rows are there and are not found, and a unique index takes them twice. Where
--          pg_restore has built the indexes of the copy from its rows this is not asked
-- amcheck  where the extension is installed it is asked (bt_index_check with heapallindexed), also about indexes over expressions
--          and partial ones. Its first fault is an error, which is the fault.
-- Without it only indexes over columns under the default operator classes that PostgreSQL comes with are read. A sample of
-- 100 % is the table as it lies; the settings leave the planner no other way to the rows than the index.
with forced as materialized (
    select count(set_config(name, case when name in ('enable_indexscan', 'enable_indexonlyscan', 'enable_nestloop') then 'on' else 'off' end, true)) as done
    from pg_settings
    where name ~ '^enable_(seqscan|sort|incremental_sort|bitmapscan|tidscan|hashjoin|mergejoin|indexscan|indexonlyscan|nestloop|material|memoize)$'
),
amcheck as (
    select quote_ident(n.nspname) as schema
    from pg_extension as x
    join pg_namespace as n on n.oid = x.extnamespace
    join pg_proc as p on p.pronamespace = n.oid and p.proname = 'bt_index_check' and p.pronargs = 2
        and p.probin = '$libdir/amcheck' and p.prolang = (select oid from pg_language where lanname = 'c')
    where x.extname = 'amcheck' and has_function_privilege(p.oid, 'execute')
),
unique_index as (
    select i.*, n.nspname, c.relname, ic.relname as index
    from pg_index as i
    join pg_class as ic on ic.oid = i.indexrelid and ic.relkind = 'i' and ic.relam = 403 -- btree
    join pg_class as c on c.oid = i.indrelid and c.relkind in ('r', 'm') and c.relpersistence <> 't' and c.relispopulated
        and c.relam = 2 and not (c.relpersistence = 'u' and pg_is_in_recovery())
    join pg_namespace as n on n.oid = c.relnamespace and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    where i.indisunique and i.indisvalid and i.indisready
),
part as (
    select
        i.indexrelid,
        k,
        a.attname is not null and o.opcdefault and o.oid < 16384 and i.indpred is null as is_plain,
        quote_ident(a.attname) as name,
        case when co.oid is not null then format(' collate %I.%I', cn.nspname, co.collname) else '' end as collating,
        i.indoption[k] & 1 = 1 as is_descending,
        case when i.indoption[k] & 1 = 1 then ' desc' else '' end
            || case when i.indoption[k] & 2 = 2 then ' nulls first' else ' nulls last' end as direction
    from unique_index as i
    cross join lateral generate_series(0, i.indnkeyatts - 1) as k
    left join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = i.indkey[k] and i.indkey[k] > 0
    left join pg_opclass as o on o.oid = i.indclass[k]
    left join pg_collation as co on co.oid = i.indcollation[k]
    left join pg_namespace as cn on cn.oid = co.collnamespace
),
key as (
    select
        indexrelid,
        bool_and(is_plain) as is_plain,
        string_agg(format('h.%s is not null', name), ' and ' order by k) as has_key,
        string_agg(format('i.%s%s = h.%1$s', name, collating), ' and ' order by k) as is_found,
        string_agg(format('%s as k%s, lag(%1$s) over w as p%2$s', name, k), ', ' order by k) as pairs,
        string_agg(format('%s%s%s', name, collating, direction), ', ' order by k) as sorting,
        string_agg(format('k%s is not null and p%1$s is not null', k), ' and ' order by k) as has_both,
        string_agg(format(case when is_descending then 'p%s%s' else 'k%s%s' end, k, collating), ', ' order by k) as later,
        string_agg(format(case when is_descending then 'k%s%s' else 'p%s%s' end, k, collating), ', ' order by k) as earlier
    from part
    group by indexrelid
),
asked as (
    select
        i.nspname,
        i.relname,
        i.index,
        case when amcheck.schema is not null then
            query_to_xml(format('select %s.bt_index_check(%s::oid::regclass, true)', amcheck.schema, i.indexrelid::oid), false, false, '')::text
        when key.is_plain and forced.done > 0 then
            query_to_xml(format($sql$
                select
                    (select count(*) from only %1$I.%2$I as h tablesample system (100)
                        where %3$s and not exists (select from only %1$I.%2$I as i where %4$s and i.ctid = h.ctid)) as lost,
                    (select count(*) from (select %5$s from only %1$I.%2$I window w as (order by %6$s)) as walked
                        where %7$s and ((%8$s) > (%9$s)) is not true) as wrong
            $sql$, i.nspname, i.relname, key.has_key, key.is_found, key.pairs, key.sorting, key.has_both, key.later, key.earlier), false, false, '')::text
        end as answer
    from unique_index as i
    join key on key.indexrelid = i.indexrelid
    cross join forced
    left join amcheck on true
)
select format('%I.%I: %s', nspname, relname, fault) as fault
from asked
cross join lateral (
    values
        (substring(answer from '<lost>([0-9]+)</lost>')::bigint, 'rows are not found by the unique index'),
        (substring(answer from '<wrong>([0-9]+)</wrong>')::bigint, 'keys are not greater than the one before them in the unique index')
) as found (rows, what)
cross join lateral format('%s %s %I', rows, what, index) as fault
where rows > 0
order by nspname collate "C", relname collate "C", fault collate "C";
