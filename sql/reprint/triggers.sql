-- reprint/triggers.sql: how this server prints a trigger.
--
-- Reads    pgroundtrip.row, which is a row of invariant/triggers.sql as JSON
-- Prints   statement text: to be run in this order and rolled back; the last one prints the columns of Spells
-- Spells   definition
--
-- The trigger is created on the table itself, under another name.
with given as (
    select
        format('%I.%I', r ->> 'schema', r ->> 'table') as name,
        r ->> 'definition' as definition,
        head || format('%I ', r ->> 'trigger') as head,
        head || 'pgroundtrip_reprint ' as new_head
    from (select current_setting('pgroundtrip.row')::jsonb as r) as setting
    cross join (values ('CREATE TRIGGER '), ('CREATE CONSTRAINT TRIGGER ')) as h (head)
)
select s.statement
from given
cross join lateral (
    values
        (1, new_head || substr(definition, length(head) + 1)),
        (2, format(
            'select %L || substr(pg_get_triggerdef(oid, true), length(%L) + 1) as definition
            from pg_trigger where tgname = ''pgroundtrip_reprint'' and tgrelid = %L::regclass', head, new_head, name))
) as s (n, statement)
where starts_with(definition, head)
order by s.n;
