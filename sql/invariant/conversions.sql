-- conversions.sql: every user-defined encoding conversion.
--
-- Reads    pg_conversion
-- Prints   schema, conversion, source, target, function, default; ordered by schema, conversion
-- Key      schema, conversion
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after
select
    n.nspname as schema,
    c.conname as conversion,
    pg_encoding_to_char(c.conforencoding) as source,
    pg_encoding_to_char(c.contoencoding) as target,
    c.conproc::regproc as function, -- by name only: 14 added an argument to these functions
    c.condefault as default
from pg_conversion as c
join pg_namespace as n on n.oid = c.connamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and not exists (
        select from pg_depend as e
        where e.classid = 'pg_conversion'::regclass and e.objid = c.oid and e.deptype = 'e'
    )
order by n.nspname collate "C", c.conname collate "C";
