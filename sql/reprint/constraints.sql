-- reprint/constraints.sql: how this server prints the definition of a check or an exclusion constraint.
--
-- Reads    pgroundtrip.row, which is a row of invariant/constraints.sql as JSON; pg_class, pg_type
-- Prints   statement text: to be run in this order and rolled back; the last one prints the columns of Spells
-- Spells   definition
--
-- A check is added to the table or domain itself, under another name, because it may call a function of the table's row type.
-- It is added as not valid, so that no row is read, and as not inherited if possible; the printed text then gets the original's
-- flags back. An exclusion constraint is added to an empty table with the same columns and owner, whose rights it is created with.
with given as (
    select
        r ->> 'schema' as schema,
        r ->> 'of' as of,
        r ->> 'kind' as kind,
        r ->> 'definition' as definition,
        substring(r ->> 'definition' from '^CHECK (.*\))(?: NO INHERIT)?(?: NOT VALID| NOT ENFORCED)?$') as expression
    from (select current_setting('pgroundtrip.row')::jsonb as r) as setting
),
object as (
    select
        given.*,
        format('%I.%I', schema, of) as name,
        format('pgroundtrip_reprint.%I', of) as standin,
        substr(definition, length('CHECK ' || expression) + 1) as tail,
        c.relkind,
        coalesce(pg_get_userbyid(c.relowner), '') as owner
    from given
    left join pg_namespace as n on n.nspname = schema
    left join pg_class as c on c.relname = of and c.relnamespace = n.oid and c.relkind in ('r', 'p', 'f')
)
select s.statement
from object
cross join lateral (
    values
        ('check', 1, case when relkind is null
            then format('alter domain %s add constraint pgroundtrip_reprint check %s not valid', name, expression)
            else format('alter table %s add constraint pgroundtrip_reprint check %s %s not valid', name, expression,
                case when relkind <> 'p' then 'no inherit' end) end),
        ('check', 2, format(
            'select regexp_replace(pg_get_constraintdef(oid, true), ''( NO INHERIT)?( NOT VALID)?$'', '''') || %L as definition
            from pg_constraint where conname = ''pgroundtrip_reprint'' and %s = %L::%s',
            tail, case when relkind is null then 'contypid' else 'conrelid' end, name,
            case when relkind is null then 'regtype' else 'regclass' end)),
        ('exclude', 1, format('create table %s (like %s)', standin, name)),
        ('exclude', 2, format('alter table %s owner to %I', standin, owner)),
        ('exclude', 3, format('alter table %s add constraint pgroundtrip_reprint %s', standin, definition)),
        ('exclude', 4, format('select pg_get_constraintdef(oid, true) as definition
            from pg_constraint where conname = ''pgroundtrip_reprint'' and conrelid = %L::regclass', standin))
) as s (kind, n, statement)
where s.kind = object.kind
order by s.n;
