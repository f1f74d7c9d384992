-- columns.sql: every column of every table and view.
--
-- Reads    pg_attribute, pg_attrdef, pg_class, pg_type
-- Prints   schema, relation, column, position, type, collation, not_null, default, generated, identity, local, storage,
--          compression, statistics_target, options; ordered by schema, relation, column
-- Key      schema, relation, column
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after
--
-- position is NULL for inheritance children, whose column order changes in a restore if a column was added to a parent
-- later, and for tables of an extension, whose column order after an update may differ from that of a fresh install.
-- default is NULL if it is NULL, unless the type has one: where only the parent has a default, pg_dump gives the child or
-- partition DEFAULT NULL, which the server stores if the type has a length or precision.
-- collation, storage and statistics_target are NULL if they are the default.
-- identity and local are NULL for partitions: from 17 on a partition shares the identity of its root; before, it has none.
-- options of a foreign table's columns are marked "foreign". pg_attver is left out: a token of servers of November 2026 that
-- differs from database to database.
-- attcompression (14) and a nullable attstattarget (17) are read through to_jsonb, so that one query works on every major.
select
    n.nspname as schema,
    c.relname as relation,
    a.attname as column,
    case when (c.relispartition or parents.n = 0) and not exists (
        select from pg_depend as e where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e'
    ) then row_number() over (partition by a.attrelid order by a.attnum) end as position,
    format_type(a.atttypid, a.atttypmod) as type,
    case when a.attcollation <> t.typcollation then a.attcollation::regcollation end as collation,
    a.attnotnull as not_null,
    case when a.attgenerated <> '' or t.typdefault is not null
            or pg_get_expr(d.adbin, d.adrelid, true) <> 'NULL::' || format_type(coalesce(nullif(base.typbasetype, 0), base.oid, t.oid), -1)
        then pg_get_expr(d.adbin, d.adrelid, true) end as default,
    case a.attgenerated when 's' then 'stored' when 'v' then 'virtual' end as generated,
    case when not c.relispartition then
        case a.attidentity when 'a' then 'always' when 'd' then 'by default' end end as identity,
    case when not c.relispartition and parents.n > 0 then a.attislocal end as local,
    case when a.attstorage <> t.typstorage and c.relkind <> 'v' then
        case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' when 'x' then 'extended' end
    end as storage,
    case to_jsonb(a) ->> 'attcompression' when 'p' then 'pglz' when 'l' then 'lz4' end as compression,
    nullif(a.attstattarget, -1) as statistics_target,
    (
        select array_agg(o order by o collate "C")
        from (
            select o from unnest(a.attoptions) as o where o !~ '^pg_attver='
            union all
            select 'foreign ' || o from unnest(a.attfdwoptions) as o
        ) as both_kinds
    ) as options
from pg_attribute as a
join pg_class as c on c.oid = a.attrelid
join pg_namespace as n on n.oid = c.relnamespace
join pg_type as t on t.oid = a.atttypid
left join pg_type as base on base.oid = t.typbasetype
cross join lateral (select count(*) as n from pg_inherits as i where i.inhrelid = c.oid) as parents
left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attnum > 0
    and not a.attisdropped
    and c.relkind in ('r', 'p', 'v', 'm', 'f')
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and (c.relkind in ('r', 'p') or not exists (
        select from pg_depend as e
        where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e'
    ))
order by n.nspname collate "C", c.relname collate "C", a.attname collate "C";
