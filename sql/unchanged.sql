-- unchanged.sql: whether a piece of tables.sql would read what it read at an earlier moment.
--
-- Reads    pg_class, pg_namespace, pg_attribute, pg_type, pg_enum; the tables of the piece, without what they keep in TOAST tables
-- Prints   state text; one row, or none if that cannot be told
-- Why      restore reads tables while pg_restore still builds their indexes, and code in the archive could change rows after that
-- Note     pgroundtrip.piece is the piece. At the earlier moment pgroundtrip.earlier is empty; later it is the state printed then, and
--          pgroundtrip.seen what the piece printed then. The piece is unchanged if the same state is printed again
--
-- The state identifies the tables of a piece (and their roots), their columns and files, and the oldest transaction that was running at
-- the earlier moment. It is printed again if every row that is visible now was written by an older transaction, and there are as many
-- rows as then. An older transaction had ended at that moment: its rows were visible, unless they were deleted, and what is deleted
-- does not come back. So each row of now was there then, and as many rows are the same rows. Every change shows: insert, update, copy and
-- rewriting a table write rows in a newer transaction, delete and truncate leave fewer; a TOAST value never changes in place. This
-- relies on no statistics, which come late and can be reset. Nothing is printed about tables that are not heaps, nor about columns
-- whose text depends on more than their value: virtual columns, names of objects (regclass), types that consist of others.
with slice as ( -- as in tables.sql
    select range[1]::oid as oid, range[2] as first_block, range[3] as end_block
    from unnest(nullif(current_setting('pgroundtrip.piece', true), '')::text[]) as name
    cross join string_to_array(name, ':') as range
),
moment as (
    select state, coalesce(split_part(state, ' ', 1), pg_snapshot_xmin(pg_current_snapshot())::text) as horizon
    from nullif(current_setting('pgroundtrip.earlier', true), '') as state
),
relation as (
    select slice.*, c.relkind, n.nspname, c.relname, c.relfilenode, pg_partition_root(c.oid) as root,
        coalesce(pg_relation_size(c.oid), 0) >= 0 -- waits for a lock as the piece would, which takes longer to begin
        and (c.relkind = 'p' or c.relkind = 'r' and c.relam = 2) and not exists (
            select
            from pg_attribute as a
            left join pg_type as t on t.oid = a.atttypid
            left join pg_type as e on e.oid = t.typelem and e.typarray = t.oid
            where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                and (
                    a.attgenerated = 'v'
                    or (coalesce(e.typtype, t.typtype) not in ('b', 'e') and (t.oid >= 16384 or t.typtype <> 'r'))
                    or (t.oid < 16384 and t.typname ~ '^_?(reg|aclitem)')
                )
        ) as is_plain
    from slice
    left join pg_class as c on c.oid = slice.oid
    left join pg_namespace as n on n.oid = c.relnamespace
),
present as (
    select horizon || ' ' || encode(sha256(record_send(row(string_agg(
        format('%s %s %I.%I %s %s %s', r.oid, r.relkind, r.nspname, r.relname, r.relfilenode, r.root, columns.list), ',' order by r.oid, r.first_block::bigint
    )))), 'hex') as state
    from moment
    cross join relation as r
    cross join lateral (
        select string_agg(format('%s %I %s %s %s %s', a.attnum, a.attname, a.atttypid, a.atttypmod, a.attisdropped, labels.list), ',' order by a.attnum) as list
        from pg_attribute as a
        cross join lateral (
            select string_agg(format('%s %L', e.oid, e.enumlabel), ',' order by e.oid) as list
            from pg_type as t
            join pg_enum as e on e.enumtypid in (t.oid, t.typelem)
            where t.oid = a.atttypid
        ) as labels
        where a.attrelid = r.oid and a.attnum > 0
    ) as columns
    group by horizon
    having bool_and(coalesce(is_plain, false))
),
age as ( -- of a transaction number without its epoch, in the form in which a row has it
    select age(mod(horizon::numeric, 4294967296)::text::xid) as age from moment
),
counts as ( -- of all rows, of those that older transactions wrote, and of those seen then
    select which, sum(n::bigint) as n
    from moment
    join present using (state)
    cross join age
    cross join relation as r
    cross join lateral unnest(string_to_array(substring(query_to_xml(
        format('select concat_ws('','', count(*), count(*) filter (where age(xmin) > %s)) as n from only %I.%I', age, r.nspname, r.relname)
            || coalesce(' where ctid >= ''(' || first_block || ',0)''', '')
            || coalesce(' and ctid < ''(' || nullif(end_block, '') || ',0)''', ''), false, false, ''
    )::text from '<n>([^<]*)</n>'), ',')) with ordinality as number (n, which)
    where r.relkind = 'r'
    group by which
    union all
    select 0, sum(split_part(line, e'\t', 3)::numeric)
    from regexp_split_to_table(rtrim(current_setting('pgroundtrip.seen', true), e'\n'), e'\n') as line
)
select present.state
from present
cross join moment
where moment.state is null
    or (moment.state = present.state and (select count(distinct n) from counts) = 1);
