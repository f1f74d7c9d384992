-- reprint/statistics.sql: how this server prints an extended statistics object.
--
-- Reads    pgroundtrip.row, which is a row of invariant/statistics.sql as JSON
-- Prints   statement text: to be run in this order and rolled back; the last one prints the columns of Spells
-- Spells   definition
with given as (
    select
        r ->> 'definition' as definition,
        format('CREATE STATISTICS %I.%I ', r ->> 'schema', r ->> 'statistics') as head
    from (select current_setting('pgroundtrip.row')::jsonb as r) as setting
)
select s.statement
from given
cross join lateral (
    values
        (1, 'CREATE STATISTICS pgroundtrip_reprint.reprint ' || substr(definition, length(head) + 1)),
        (2, format(
            'select %L || substr(pg_get_statisticsobjdef(oid), length(''CREATE STATISTICS pgroundtrip_reprint.reprint '') + 1) as definition
            from pg_statistic_ext where stxnamespace = ''pgroundtrip_reprint''::regnamespace', head))
) as s (n, statement)
where starts_with(definition, head)
order by s.n;
