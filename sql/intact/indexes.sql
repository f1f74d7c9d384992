-- intact/indexes.sql: rows that an index does not find, or orders differently from this server's collation.
--
-- Reads    every table with a unique or primary key index, twice: from the table to the index, and along the index; with the
--          setting pgroundtrip.own every table with a btree index
-- Prints   fault text, or what was NOT COVERED; ordered
-- Scope    files
-- Hint     the index was built with another version of libc or ICU, uses a function whose result has changed, or is damaged: run reindex on it in the copy, and if the same index fails at the source, there too
-- Healthy  no rows: each row is found by its key, and each key is greater than the one before it
-- Why      a copy of files, a standby or an upgrade brings its indexes along. Another version of libc or ICU changes the order of
--          text without touching a row: existing rows are then not found, and a unique index accepts them twice. If pg_restore
--          built the indexes of the copy from its rows, this check runs only with -amcheck
-- Note     'on' in pgroundtrip.own: the copy was made by this run, so its functions may be called. Elsewhere expression and partial
--          indexes are read only by amcheck, which evaluates them as the owner of the table
-- amcheck  if the extension is installed, it does the check (bt_index_check with heapallindexed). It raises its first fault as an
--          error, which becomes the fault. Without it, indexes with the default operator classes of PostgreSQL are read.
-- A sample of 100 % reads the table in physical order; the settings leave the planner only an index to reach single rows. The
-- server's scan counters show which index was used: one that was not read is reported as not covered.
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
btree as (
    select
        i.*,
        n.nspname,
        c.relname,
        ic.relname as index,
        has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select') and not row_security_active(c.oid) as is_allowed,
        case when i.indisunique then 'unique index' else 'index' end as kind,
        case when i.indisunique then '>' else '>=' end as follows,
        format('only %I.%I', n.nspname, c.relname) as "from",
        coalesce(' where ' || pg_get_expr(i.indpred, i.indrelid), '') as "where"
    from pg_index as i
    join pg_class as ic on ic.oid = i.indexrelid and ic.relkind = 'i' and ic.relam = 403 -- btree
    join pg_class as c on c.oid = i.indrelid and c.relkind in ('r', 'm') and c.relpersistence <> 't' and c.relispopulated
        and c.relam = 2 and not (c.relpersistence = 'u' and pg_is_in_recovery())
    join pg_namespace as n on n.oid = c.relnamespace and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    where (i.indisunique or coalesce(current_setting('pgroundtrip.own', true), '') = 'on') and i.indisvalid and i.indisready
),
part as (
    select
        i.indexrelid,
        k,
        o.opcdefault and o.oid < 16384 as is_usual,
        (i.indkey[k] > 0 and i.indpred is null or coalesce(current_setting('pgroundtrip.own', true), '') = 'on') and i.is_allowed as is_readable,
        pg_get_indexdef(i.indexrelid, k + 1, false) as key,
        case when co.oid is not null then format(' collate %I.%I', cn.nspname, co.collname) else '' end as collating,
        i.indoption[k] & 1 = 1 as is_descending,
        case when i.indoption[k] & 1 = 1 then ' desc' else '' end
            || case when i.indoption[k] & 2 = 2 then ' nulls first' else ' nulls last' end as direction
    from btree as i
    cross join lateral generate_series(0, i.indnkeyatts - 1) as k
    left join pg_opclass as o on o.oid = i.indclass[k]
    left join pg_collation as co on co.oid = i.indcollation[k]
    left join pg_namespace as cn on cn.oid = co.collnamespace
),
key as (
    select
        indexrelid,
        bool_and(is_usual) as is_usual,
        bool_and(is_readable) as is_readable,
        string_agg(format('(%s) as k%s', key, k), ', ' order by k) as keys,
        string_agg(format('lag(k%s) over w as p%1$s', k), ', ' order by k) as before,
        string_agg(format('(%s)%s = pgroundtrip_row.k%s', key, collating, k), ' and ' order by k) as is_found,
        string_agg(format('k%s is not null', k), ' and ' order by k) as has_key,
        string_agg(format('k%s is not null and p%1$s is not null', k), ' and ' order by k) as has_both,
        string_agg(format('k%s%s%s', k, collating, direction), ', ' order by k) as sorting,
        string_agg(format(case when is_descending then 'p%s%s' else 'k%s%s' end, k, collating), ', ' order by k) as later,
        string_agg(format(case when is_descending then 'k%s%s' else 'p%s%s' end, k, collating), ', ' order by k) as earlier
    from part
    group by indexrelid
),
asked as (
    select
        i.*,
        key.is_usual and key.is_readable as is_read,
        amcheck.schema is not null as is_checked,
        case
            when amcheck.schema is not null then
                query_to_xml(format('select %s.bt_index_check(%s::oid::regclass, true)', amcheck.schema, i.indexrelid::oid), false, false, '')::text
            when key.is_usual and key.is_readable and forced.done > 0 then
                query_to_xml(format($sql$
                    select
                        (select count(*) || ':' || count(*) filter (where %5$s) from (select %4$s from %1$s tablesample system (100)%2$s) as row) as held,
                        pg_stat_get_xact_numscans(%3$s) as scans_0,
                        (select count(*) || ':' || coalesce(min(at::text), '')
                            from (select ctid as at, %4$s from %1$s tablesample system (100)%2$s) as pgroundtrip_row
                            where %5$s and not exists (select from %1$s%6$s %7$s and ctid = pgroundtrip_row.at)) as lost,
                        pg_stat_get_xact_numscans(%3$s) as scans_1,
                        (select count(*) || ':' || count(*) filter (where is_wrong) || ':' || coalesce(min(at::text) filter (where is_wrong), '')
                            from (
                                select at, %8$s and ((%9$s) %10$s (%11$s)) is not true as is_wrong
                                from (select *, %12$s from (select ctid as at, %4$s from %1$s%2$s) as keyed window w as (order by %13$s)) as paired
                            ) as judged) as walked,
                        pg_stat_get_xact_numscans(%3$s) as scans_2
                    $sql$, i."from", i."where", i.indexrelid::oid, key.keys, key.has_key, coalesce(nullif(i."where", '') || ' and', ' where'),
                    key.is_found, key.has_both, key.later, i.follows, key.earlier, key.before, key.sorting), false, false, '')::text
        end as answer
    from btree as i
    join key on key.indexrelid = i.indexrelid
    cross join forced
    left join amcheck on true
),
counted as (
    select
        asked.*,
        number[1] as rows,
        number[2] as keyed,
        coalesce(number[4] - number[3] >= number[2] and (number[5] > number[4] or number[1] = 0), false) as is_seen,
        number[6] as lost,
        number[7] as walked,
        number[8] as wrong,
        substring(answer from '<lost>.*(\(.*\))</lost>') as lost_at,
        substring(answer from '<walked>.*(\(.*\))</walked>') as wrong_at
    from asked
    cross join lateral (
        select regexp_match(answer, '<held>(\d+):(\d+)<.*<scans_0>(\d+)<.*<scans_1>(\d+)<.*<scans_2>(\d+)<')
            || regexp_match(answer, '<lost>(\d+):') || regexp_match(answer, '<walked>(\d+):(\d+):') as text
    ) as found
    cross join lateral (select text::bigint[] as number) as parsed
    where not is_checked
)
select fault
from (
    select format('%I.%I: %s rows %s the %s %I%s', nspname, relname, rows, what, kind, index, coalesce(', for example the one at ' || at, '')) as fault
    from (
        select nspname, relname, kind, index, lost,
            case when is_seen then 'are not found by' else 'are not found by another index that the planner used instead of' end, lost_at
        from counted
        where lost > 0
        union all
        select nspname, relname, kind, index, abs(rows - walked), 'are missing from or superfluous in', null from counted where rows <> walked and lost = 0
        union all
        select nspname, relname, kind, index, wrong, 'are not in order in', wrong_at from counted where wrong > 0
    ) as found (nspname, relname, kind, index, rows, what, at)
    union all
    select 'NOT COVERED: rows in the indexes ' || string_agg(format('%I.%I', nspname, index), ', ' order by nspname collate "C", index collate "C")
        || case when is_read then ' (the planner used other indexes instead' else ' (expression or partial indexes, indexes with a user-defined operator class, or indexes that this role may not read' end
        || ': install the extension amcheck to have them checked)'
    from counted
    where not is_seen
    group by is_read
) as faults
order by fault collate "C";
