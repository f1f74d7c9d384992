-- reprint/policies.sql: how this server prints the conditions of a row-level security policy.
--
-- Reads    pgroundtrip.row, which is a row of invariant/policies.sql as JSON
-- Prints   statement text: to be run in this order and rolled back; the last one prints the columns of Spells
-- Spells   using, with_check
--
-- The policy is created on the table itself, under another name, for all commands, which allows both conditions.
with given as (
    select
        format('%I.%I', r ->> 'schema', r ->> 'table') as name,
        r ->> 'using' as visible,
        r ->> 'with_check' as allowed
    from (select current_setting('pgroundtrip.row')::jsonb as r) as setting
)
select s.statement
from given
cross join lateral (
    values
        (1, concat_ws(' ', 'create policy pgroundtrip_reprint on ' || name, 'using (' || visible || ')', 'with check (' || allowed || ')')),
        (2, format(
            'select pg_get_expr(polqual, polrelid, true) as using, pg_get_expr(polwithcheck, polrelid, true) as with_check
            from pg_policy where polname = ''pgroundtrip_reprint'' and polrelid = %L::regclass', name))
) as s (n, statement)
order by s.n;
