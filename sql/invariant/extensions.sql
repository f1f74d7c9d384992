-- extensions.sql: every extension, and the objects tied to it.
--
-- Reads    pg_extension, pg_depend, pg_available_extensions
-- Prints   extension, part, object, detail, version; ordered by extension, part, object. part is one of
--              extension   object is its schema; detail is "default" if its version is the default one; version is the number
--              config      a table or sequence whose rows a dump carries; detail is the condition
--              member      a table, sequence, foreign table or materialized view that belongs to it: a dump carries
--                          neither its definition nor (unless config) its rows. A user's table that was made a member
--                          is missing after the restore, although pg_restore exits 0: this row is missing with it
--              dependent   an object marked "depends on extension"
-- Key      extension, part, object
-- Either   detail, version
-- Class    definition
-- Keeps    names, definitions and digests
-- Hint     a dump does not hold the version of an extension; a restore installs the server's default version: run alter extension ... update at the source before the dump, or after the restore
-- Healthy  the same before and after
--
-- version  A dump installs the default version, which differs between majors; pg_upgrade and a physical copy keep the number.
--          So it is enough that one of the two is the same; if neither is, the version was lost.
with part as (
    select
        x.oid,
        'extension' as part,
        n.nspname collate "C" as object,
        case when x.extversion = v.default_version then 'default' end as detail,
        x.extversion as version
    from pg_extension as x
    join pg_namespace as n on n.oid = x.extnamespace
    left join pg_available_extensions as v on v.name = x.extname
    union all
    select x.oid, 'config', o.identity, config.condition, null
    from pg_extension as x
    cross join lateral unnest(x.extconfig, x.extcondition) as config (relation, condition)
    cross join lateral pg_identify_object('pg_class'::regclass, config.relation, 0) as o
    union all
    select d.refobjid, case d.deptype when 'e' then 'member' else 'dependent' end,
        regexp_replace(o.identity, '\mpg_catalog\.json\M', 'json', 'g'), o.type, null -- 16 and later omit the schema
    from pg_depend as d
    cross join lateral pg_identify_object(d.classid, d.objid, d.objsubid) as o
    where d.refclassid = 'pg_extension'::regclass
        and (d.deptype = 'x' or (
            d.deptype = 'e'
            and d.classid = 'pg_class'::regclass
            and (select c.relkind from pg_class as c where c.oid = d.objid) in ('r', 'p', 'S', 'f', 'm')
        ))
)
select
    x.extname as extension,
    part.part,
    part.object,
    part.detail,
    part.version collate "C" as version
from part
join pg_extension as x on x.oid = part.oid
order by x.extname collate "C", part.part collate "C", part.object collate "C", part.detail collate "C";
