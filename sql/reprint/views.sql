-- reprint/views.sql: how this server prints the query of a view or materialized view.
--
-- Reads    pgroundtrip.row, which is a row of invariant/views.sql as JSON
-- Prints   statement text: to be run in this order and rolled back; the last one prints the columns of Spells
-- Spells   definition
select s.statement
from (select current_setting('pgroundtrip.row')::jsonb ->> 'definition' as definition) as given
cross join lateral (
    values
        (1, 'create view pgroundtrip_reprint.reprint as ' || definition),
        (2, 'select pg_get_viewdef(''pgroundtrip_reprint.reprint''::regclass, true) as definition')
) as s (n, statement)
order by s.n;
