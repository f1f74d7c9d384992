-- pieces.sql: how to split the queries that have the header word Splits into pieces, for several connections on one snapshot.
--
-- Reads    pg_class, and the sizes of files
-- Prints   query text, piece text, size bigint (bytes); the largest first. Each piece is a value of pgroundtrip.piece
-- Note     tables larger than pgroundtrip.piece_bytes are split; if it is not set, 32 MiB or 1/4000 of the total
--
-- The size of a table includes its TOAST table. A table is split into ranges of heap blocks; the last range is open-ended.
-- Before 14 reading a range of blocks means reading the whole table, and so it does in access methods other than heap: such a
-- table is one piece. Small tables share a piece, a few hundred at most, because each stays locked while the piece is read.
with relation as (
    select
        c.oid,
        case c.relkind when 'm' then 'invariant/materialized_views' else 'invariant/tables' end as query,
        case when c.relam = 2 and current_setting('server_version_num')::int >= 140000 then -- 2: heap
            pg_relation_size(c.oid) / current_setting('block_size')::int end as blocks,
        case when c.relkind <> 'p' then
            coalesce(pg_relation_size(c.oid), 0) + coalesce(pg_relation_size(nullif(c.reltoastrelid, 0)), 0) else 0 end as size
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'm') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
),
measure as (
    select coalesce(
        nullif(current_setting('pgroundtrip.piece_bytes', true), '')::bigint,
        greatest(33554432, (select sum(size) from relation)::bigint / 4000)
    ) as bytes
),
cut as (
    select relation.*, bytes, case when blocks is null then 1 else greatest(1, least(blocks, size / bytes)) end as parts
    from relation
    cross join measure
),
few as ( -- small tables in sequence, each counted as 128 KiB larger
    select
        query,
        oid,
        size,
        case when size < bytes then div(sum(size + 131072) over (partition by query, size < bytes order by oid), greatest(bytes, 33554432)) else -oid::bigint end as batch
    from cut
    where parts = 1
)
select query, piece, size
from (
    select query, '{' || string_agg(oid::text, ',' order by oid) || '}' as piece, sum(size)::bigint as size
    from few
    group by query, batch
    union all
    select
        query,
        format('{%s:%s:%s}', oid, blocks * part / parts, case when part + 1 < parts then blocks * (part + 1) / parts end),
        size / parts
    from cut
    cross join generate_series(0, parts - 1) as part
    where parts > 1
) as pieces
order by size desc, query collate "C", piece collate "C";
