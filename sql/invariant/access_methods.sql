-- access_methods.sql: every access method outside extensions.
--
-- Reads    pg_am
-- Prints   access_method, kind, handler; ordered by access_method
-- Key      access_method
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after
select
    am.amname as access_method,
    case am.amtype when 'i' then 'index' when 't' then 'table' end as kind,
    am.amhandler::regprocedure as handler
from pg_am as am
where am.oid >= 16384 -- lower oids come from initdb and are in every database
    and not exists (
        select from pg_depend as e
        where e.classid = 'pg_am'::regclass and e.objid = am.oid and e.deptype = 'e'
    )
order by am.amname collate "C";
