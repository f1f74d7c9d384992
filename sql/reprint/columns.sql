-- reprint/columns.sql: how this server prints the default of a column, or the expression of a generated one.
--
-- Reads    pgroundtrip.row, which is a row of invariant/columns.sql as JSON
-- Prints   statement text: to be run in this order and rolled back; the last one prints the columns of Spells
-- Spells   default
--
-- A default is set on the column itself, which reads no row. A generation expression is given to a new column of an empty
-- table with the same columns.
with given as (
    select
        format('%I.%I', r ->> 'schema', r ->> 'relation') as relation,
        format('pgroundtrip_reprint.%I', r ->> 'relation') as standin,
        r ->> 'column' as "column",
        concat_ws(' ', r ->> 'type', 'collate ' || (r ->> 'collation')) as type,
        r ->> 'default' as expression,
        r ->> 'generated' as generated
    from (select current_setting('pgroundtrip.row')::jsonb as r) as setting
),
object as (
    select
        *,
        case when generated is null then relation else standin end as name,
        case when generated is null then "column" else 'pgroundtrip_reprint' end as attribute
    from given
)
select s.statement
from object
cross join lateral (
    values
        (1, case when generated is null
            then format('alter table only %s alter column %I set default %s', relation, "column", expression)
            else format('create table %s (like %s, pgroundtrip_reprint %s generated always as (%s) %s)',
                standin, relation, type, expression, generated) end),
        (2, format(
            'select pg_get_expr(d.adbin, d.adrelid, true) as default
            from pg_attrdef as d join pg_attribute as a on a.attrelid = d.adrelid and a.attnum = d.adnum
            where a.attrelid = %L::regclass and a.attname = %L', name, attribute))
) as s (n, statement)
where expression is not null
order by s.n;
