-- reprint/types.sql: how this server prints the default of a domain.
--
-- Reads    pgroundtrip.row, which is a row of invariant/types.sql as JSON
-- Prints   statement text: to be run in this order and rolled back; the last one prints the columns of Spells
-- Spells   default
with given as (
    select
        format('%I.%I', r ->> 'schema', r ->> 'type') as domain,
        r ->> 'default' as expression
    from (select current_setting('pgroundtrip.row')::jsonb as r) as setting
    where r ->> 'kind' = 'domain'
)
select s.statement
from given
cross join lateral (
    values
        (1, format('alter domain %s set default %s', domain, expression)),
        (2, format('select pg_get_expr(typdefaultbin, 0, true) as default from pg_type where oid = %L::regtype', domain))
) as s (n, statement)
where expression is not null
order by s.n;
