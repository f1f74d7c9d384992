-- reprint/relations.sql: how this server prints a partition key, and the bound of a partition.
--
-- Reads    pgroundtrip.row, which is a row of invariant/relations.sql as JSON; pg_inherits
-- Prints   statement text: to be run in this order and rolled back; the last one prints the columns of Spells
-- Spells   partition_key, partition_bound
--
-- The key is given to an empty table with the same columns, the bound to a partition of another empty table, which has the
-- parent's key.
with given as (
    select
        format('%I.%I', r ->> 'schema', r ->> 'relation') as name,
        format('pgroundtrip_reprint.%I', r ->> 'relation') as standin,
        r ->> 'partition_key' as key,
        r ->> 'partition_bound' as bound,
        i.inhparent
    from (select current_setting('pgroundtrip.row')::jsonb as r) as setting
    left join pg_inherits as i on i.inhrelid = to_regclass(format('%I.%I', r ->> 'schema', r ->> 'relation'))
    where coalesce(r ->> 'partition_key', r ->> 'partition_bound') is not null
)
select s.statement
from given
cross join lateral (
    values
        (1, format('create table pgroundtrip_reprint.parent (like %s) partition by %s', inhparent::regclass, pg_get_partkeydef(inhparent))),
        (2, case when bound is null
            then format('create table %s (like %s) partition by %s', standin, name, key)
            else format('create table %s partition of pgroundtrip_reprint.parent %s', standin, bound)
                || coalesce(' partition by ' || key, '') end),
        (3, format(
            'select pg_get_partkeydef(oid) as partition_key, pg_get_expr(relpartbound, oid, true) as partition_bound
            from pg_class where oid = %L::regclass', standin))
) as s (n, statement)
where n > 1 or bound is not null
order by s.n;
