-- reprint/indexes.sql: how this server prints the definition of an index.
--
-- Reads    pgroundtrip.row, which is a row of invariant/indexes.sql as JSON; pg_class
-- Prints   statement text: to be run in this order and rolled back; the last one prints the columns of Spells
-- Spells   definition
--
-- The index is created on an empty table with the same columns and owner, whose rights it is created with. Only if an expression
-- reads whole rows, and so needs the table's own row type, is it created on the table itself, under another name.
with given as (
    select
        r ->> 'definition' as definition,
        format('INDEX %I ON ', r ->> 'index') as name,
        format('%I.%I', r ->> 'schema', r ->> 'table') as qualified,
        format('pgroundtrip_reprint.%I', r ->> 'table') as standin,
        position(format('%I.*', r ->> 'table') in r ->> 'definition') > 0 as reads_rows,
        r ->> 'schema' as schema
    from (select current_setting('pgroundtrip.row')::jsonb as r) as setting
),
object as (
    select
        given.*,
        head,
        format('%sINDEX pgroundtrip_reprint ON %s%s USING ', unique_, case when reads_rows then only_ end,
            case when reads_rows then qualified else standin end) as new_head,
        format('%I.pgroundtrip_reprint', case when reads_rows then schema else 'pgroundtrip_reprint' end) as new_index,
        pg_get_userbyid(c.relowner) as owner
    from given
    cross join (values ('CREATE '), ('CREATE UNIQUE ')) as u (unique_)
    cross join (values (''), ('ONLY ')) as o (only_)
    cross join lateral (select unique_ || name || only_ || qualified || ' USING ' as head) as h
    join pg_class as c on c.oid = to_regclass(qualified)
    where starts_with(definition, head)
)
select s.statement
from object
cross join lateral (
    values
        (1, format('create table %s (like %s)', standin, qualified)),
        (2, format('alter table %s owner to %I', standin, owner)),
        (3, new_head || substr(definition, length(head) + 1)),
        (4, format(
            'select %L || substr(d, length(%L) + 1) as definition
            from pg_get_indexdef(%L::regclass, 0, true) as d where starts_with(d, %2$L)', head, new_head, new_index))
) as s (n, statement)
where s.n > 2 or not reads_rows
order by s.n;
