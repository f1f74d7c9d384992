-- reprint/indexes.sql: how this server prints the definition of an index.
--
-- Reads    pgroundtrip.row, which is a row of invariant/indexes.sql as JSON; pg_class
-- Prints   statement text: to be run one after the other and rolled back; the last one prints
-- Spells   definition
--
-- The index is made on an empty table of the same columns and owner (whose rights are those that it is made with). It is a
-- child of the table where there can be one: an expression may call a function of the table's row type.
with given as (
    select
        r ->> 'table' as table,
        r ->> 'definition' as definition,
        format('INDEX %I ON ', r ->> 'index') as name,
        format('%I.%I USING ', r ->> 'schema', r ->> 'table') as on_table,
        format('%I.%I', r ->> 'schema', r ->> 'table') as qualified,
        format('pgroundtrip_reprint.%I', r ->> 'table') as standin
    from (select current_setting('pgroundtrip.row')::jsonb as r) as setting
),
object as (
    select
        given.*,
        head,
        unique_,
        substr(definition, length(head) + 1) as rest,
        c.relkind = 'r' and not c.relispartition as can_have_a_child,
        pg_get_userbyid(c.relowner) as owner
    from given
    cross join (values ('CREATE '), ('CREATE UNIQUE ')) as u (unique_)
    cross join (values (''), ('ONLY ')) as o (only_)
    cross join lateral (select unique_ || name || only_ || on_table as head) as h
    join pg_class as c on c.oid = to_regclass(qualified)
    where starts_with(definition, head)
)
select s.statement
from object
cross join lateral (
    values
        (1, case when can_have_a_child
            then format('create table %s () inherits (%s)', standin, qualified)
            else format('create table %s (like %s)', standin, qualified) end),
        (2, format('alter table %s owner to %I', standin, owner)),
        (3, format('%sINDEX pgroundtrip_reprint ON %s USING %s', unique_, standin, rest)),
        (4, format(
            'select %L || substr(d, length(%L) + 1) as definition
            from pg_get_indexdef(''pgroundtrip_reprint.pgroundtrip_reprint''::regclass, 0, true) as d where starts_with(d, %2$L)',
            head, format('%sINDEX pgroundtrip_reprint ON %s USING ', unique_, standin)))
) as s (n, statement)
order by s.n;
