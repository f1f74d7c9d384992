-- reprint/rules.sql: how this server prints a rewrite rule.
--
-- Reads    pgroundtrip.row, which is a row of invariant/rules.sql as JSON
-- Prints   statement text: to be run in this order and rolled back; the last one prints the columns of Spells
-- Spells   definition
--
-- The rule is created on the relation itself, under another name.
with given as (
    select
        format('%I.%I', r ->> 'schema', r ->> 'relation') as relation,
        r ->> 'definition' as definition,
        format('CREATE RULE %I AS', r ->> 'rule') as head
    from (select current_setting('pgroundtrip.row')::jsonb as r) as setting
)
select s.statement
from given
cross join lateral (
    values
        (1, 'CREATE RULE pgroundtrip_reprint AS' || substr(definition, length(head) + 1)),
        (2, format(
            'select %L || substr(pg_get_ruledef(oid, true), length(''CREATE RULE pgroundtrip_reprint AS'') + 1) as definition
            from pg_rewrite where rulename = ''pgroundtrip_reprint'' and ev_class = %L::regclass', head, relation))
) as s (n, statement)
where starts_with(definition, head)
order by s.n;
