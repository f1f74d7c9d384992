-- row_query.sql: the query that prints the rows of one table, so that two copies can be compared row by row.
--
-- Reads    the catalogs; the settings pgroundtrip.schema and pgroundtrip.table name the table
-- Prints   query text, keys integer: the number of leading columns that identify a row; one row, or none if there is no such
--          table
-- Why      key columns come first, the others by name, because an inherited table may come back with its columns in another
--          order; rows are ordered byte by byte. Without a primary key the whole row is the key. A value that contains a
--          composite is printed a second time by field name: its text is in the order of the type's columns, which may differ
--          in the copy
with recursive target as (
    select c.oid, c.relkind, n.nspname, c.relname
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = current_setting('pgroundtrip.schema')
        and c.relname = current_setting('pgroundtrip.table')
        and c.relkind in ('r', 'p', 'm')
        and c.relispopulated
),
part as (
    select a.attnum, a.atttypid as type
    from target
    join pg_attribute as a on a.attrelid = target.oid and a.attnum > 0 and not a.attisdropped
    union
    select part.attnum, piece.type
    from part
    join pg_type as t on t.oid = part.type
    cross join lateral (
        select atttypid as type from pg_attribute where t.typtype = 'c' and attrelid = t.typrelid and attnum > 0 and not attisdropped
        union all
        select t.typbasetype where t.typtype = 'd'
        union all
        select e.oid from pg_type as e where e.oid = t.typelem and e.typarray = t.oid
        union all
        select rngsubtype from pg_range where rngtypid = t.oid
    ) as piece
),
columns as (
    select
        a.attname,
        a.attnum in (select attnum from part join pg_type on pg_type.oid = type where typtype = 'c') as is_made,
        coalesce(array_position(i.indkey::int2[], a.attnum), 1000000) as key_position
    from target
    join pg_attribute as a on a.attrelid = target.oid and a.attnum > 0 and not a.attisdropped
    left join pg_index as i on i.indrelid = target.oid and i.indisprimary
)
select
    format(
        'select %s from %s%I.%I order by %s',
        list.columns, case when target.relkind = 'r' then 'only ' else '' end,
        target.nspname, target.relname, list.ordering
    ) as query,
    list.keys::int as keys
from target
cross join lateral (
    select
        string_agg(format('%I', attname), ', ' order by key_position, attname collate "C")
            || coalesce(', ' || string_agg(format('to_jsonb(%I) as %I', attname, attname || ' by field'), ', ' order by attname collate "C")
                filter (where is_made), '') as columns,
        coalesce(
            string_agg(format('%I::text collate "C"', attname), ', ' order by key_position)
                filter (where key_position < 1000000),
            string_agg(format('%I::text collate "C"', attname), ', ' order by attname collate "C")
        ) as ordering,
        coalesce(nullif(count(*) filter (where key_position < 1000000), 0), count(*)) as keys
    from columns
) as list
where list.columns is not null;
