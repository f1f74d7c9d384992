-- lacks.sql: what an archive of the whole database will lack although the catalog has it.
--
-- Reads    the catalogs
-- Prints   what text, reason text; ordered
-- Healthy  no rows: pg_dump says nothing about any of these and exits 0
select what, reason
from (
    select
        'table ' || c.oid::regclass,
        'it is a member of the extension ' || e.extname || ', which does not mark it for the dump: rows and all are left out;'
            || ' take it out with: alter extension ' || quote_ident(e.extname) || ' drop table ' || c.oid::regclass
    from pg_class as c
    join pg_depend as d on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
    join pg_extension as e on d.refclassid = 'pg_extension'::regclass and e.oid = d.refobjid
    where c.relkind in ('r', 'p') and (e.extconfig is null or c.oid <> all (e.extconfig))
        and (xpath('/row/n/text()', query_to_xml(format('select count(*) as n from (select from %s limit 1) as one', c.oid::regclass), false, true, '')))[1]::text <> '0'
) as lacking (what, reason)
order by what collate "C";
