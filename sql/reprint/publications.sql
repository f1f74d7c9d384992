-- reprint/publications.sql: how this server prints the row filter of a publication.
--
-- Reads    pgroundtrip.row, which is a row of invariant/publications.sql as JSON
-- Prints   statement text: to be run in this order and rolled back; the last one prints the columns of Spells
-- Spells   filter
--
-- Only a publication with publish_via_partition_root may filter a partitioned table.
with given as (
    select r ->> 'object' as name, r ->> 'filter' as filter
    from (select current_setting('pgroundtrip.row')::jsonb as r) as setting
    where r ->> 'part' = 'table'
)
select s.statement
from given
cross join lateral (
    values
        (1, format('create publication pgroundtrip_reprint for table only %s where (%s) with (publish_via_partition_root = true)', name, filter)),
        (2, 'select pg_get_expr(prqual, prrelid, true) as filter from pg_publication_rel
            where prpubid = (select oid from pg_publication where pubname = ''pgroundtrip_reprint'')')
) as s (n, statement)
where filter is not null
order by s.n;
