-- altered_objects.sql: objects of initdb or of an extension that were changed later, and objects that were added to either by hand.
--
-- Reads    the catalogs, and the transaction that last wrote each of their rows (xmin)
-- Prints   kind, object, origin, change; ordered by all four
-- Key      kind, object, origin, change
-- Class    definition
-- Keeps    names, definitions and digests
-- Lost     no archive holds this change: keep the statement that made it, and run it again after the restore
-- Healthy  a copy has no rows; those of the source are in no archive, and the dump lists them as expected to be lost
--
-- was changed  An object of initdb was written after initdb had finished, that is, after it commented on template0. A member of an
--          extension was written by a transaction other than its membership's, and not by one that added other members, as an update script
--          does. If every member has its own transaction, pg_upgrade created them, and changes cannot be detected. A grant writes the row
--          too, but belongs to privileges.sql: an object whose rights differ from its initial ones is not listed here.
-- was made a member by hand  The object is older than its membership, by a transaction or by a command of the same transaction:
--          ALTER EXTENSION ... ADD.
-- was made there  An object in pg_catalog or information_schema, or in one of their operator families.
with written (class, oid, xid, command, deleted, acl, schema, change) as (
    select 'pg_proc'::regclass, oid, xmin, cmin, xmax, proacl, pronamespace, 'was changed' from pg_proc
    union all select 'pg_proc', p.oid, a.xmin, a.cmin, a.xmax, proacl, null, 'was changed' from pg_aggregate as a join pg_proc as p on p.oid = aggfnoid
    union all select 'pg_type', oid, xmin, cmin, xmax, typacl, typnamespace, 'was changed' from pg_type where typrelid = 0 and (typelem = 0 or typcategory <> 'A') and typtype <> 'm'
    union all select 'pg_type', t.oid, e.xmin, e.cmin, e.xmax, typacl, null, 'was changed' from pg_enum as e join pg_type as t on t.oid = enumtypid
    -- for a relation, the row of its first column: REINDEX, ANALYZE and the like write all the others
    union all select 'pg_class', a.attrelid, a.xmin, a.cmin, a.xmax, relacl, c.relnamespace, 'was changed' from pg_attribute as a join pg_class as c on c.oid = a.attrelid
        where (c.relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'c') or c.relkind = 'i' and c.oid >= 16384)
            and a.attnum = case when c.relkind in ('v', 'c', 'i') then 1 else -6 end and c.relpersistence <> 't'
    union all select 'pg_class', c.oid, r.xmin, r.cmin, r.xmax, relacl, null, 'was changed' from pg_rewrite as r join pg_class as c on c.oid = ev_class
    union all select 'pg_operator', oid, xmin, cmin, xmax, null, oprnamespace, 'was changed' from pg_operator where oprcode <> 0
    union all select 'pg_opclass', oid, xmin, cmin, xmax, null, opcnamespace, 'was changed' from pg_opclass
    union all select 'pg_opfamily', oid, xmin, cmin, xmax, null, opfnamespace, 'was changed' from pg_opfamily
    union all select 'pg_amop', oid, xmin, cmin, xmax, null, null, 'was changed' from pg_amop
    union all select 'pg_amproc', oid, xmin, cmin, xmax, null, null, 'was changed' from pg_amproc
    union all select 'pg_cast', oid, xmin, cmin, xmax, null, null, 'was changed' from pg_cast
    union all select 'pg_collation', oid, xmin, cmin, xmax, null, null, 'was changed' from pg_collation where collnamespace <> 'pg_catalog'::regnamespace or oid < 16384
    union all select 'pg_conversion', oid, xmin, cmin, xmax, null, connamespace, 'was changed' from pg_conversion
    union all select 'pg_ts_config', oid, xmin, cmin, xmax, null, cfgnamespace, 'was changed' from pg_ts_config
    union all select 'pg_ts_config', mapcfg, xmin, cmin, xmax, null, null, 'was changed' from pg_ts_config_map
    union all select 'pg_ts_dict', oid, xmin, cmin, xmax, null, dictnamespace, 'was changed' from pg_ts_dict
    union all select 'pg_ts_parser', oid, xmin, cmin, xmax, null, prsnamespace, 'was changed' from pg_ts_parser
    union all select 'pg_ts_template', oid, xmin, cmin, xmax, null, tmplnamespace, 'was changed' from pg_ts_template
    union all select 'pg_language', oid, xmin, cmin, xmax, lanacl, null, 'was changed' from pg_language
    union all select 'pg_namespace', oid, xmin, cmin, xmax, nspacl, null, 'was changed' from pg_namespace where oid >= 16384 -- a dump carries public
    union all select 'pg_am', oid, xmin, cmin, xmax, null, null, 'was changed' from pg_am
    union all select 'pg_transform', oid, xmin, cmin, xmax, null, null, 'was changed' from pg_transform
    union all select 'pg_event_trigger', oid, xmin, cmin, xmax, null, null, 'was changed' from pg_event_trigger
    union all select 'pg_foreign_data_wrapper', oid, xmin, cmin, xmax, fdwacl, null, 'was changed' from pg_foreign_data_wrapper
    union all select 'pg_foreign_server', oid, xmin, cmin, xmax, srvacl, null, 'was changed' from pg_foreign_server
    union all select classoid::regclass, objoid, xmin, cmin, xmax, null, null, 'has another comment' from pg_description
        where classoid not in ('pg_namespace'::regclass, 'pg_largeobject'::regclass, 'pg_extension'::regclass) -- a dump carries these
),
membership as materialized (
    select
        d.classid, d.objid, d.made as since, d.command as since_command, x.oid as extension, quote_ident(x.extname) as name, x.made as updated,
        count(*) over by_extension > 2 and count(*) filter (where d.rank = 1) over by_extension * 2 > count(*) over by_extension as is_upgraded
    from (
        select *, row_number() over (partition by refobjid, made) as rank
        from (select *, xmin::text as made, case xmax::text when '0' then cmin::text::bigint end as command from pg_depend where deptype = 'e' and refclassid = 'pg_extension'::regclass) as e
    ) as d
    join (select *, xmin::text as made from pg_extension) as x on x.oid = d.refobjid
    window by_extension as (partition by x.oid)
),
last as ( -- the last transaction of initdb
    select coalesce(max(xmin::text::bigint), 1000) as xid
    from pg_shdescription
    where classoid = 'pg_database'::regclass and description = 'unmodifiable empty database'
),
part as materialized ( -- cmin is only known if no later command tried to write the row
    select class, oid, xid::text as made, case deleted::text when '0' then command::text::bigint end as command, acl, schema, change
    from written
    where oid >= 16384 or xid::text::bigint > (select xid from last) or (class, oid) in (select classid, objid from membership)
),
native as ( -- transactions in which a script created members of an extension: object and membership in one command
    select distinct extension, since
    from membership
    join part on class = classid and oid = objid and made = since and command = since_command
),
member as (
    select classid::regclass as class, objid as oid, m.* from membership as m
    union all select 'pg_amop', a.oid, m.* from membership as m join pg_amop as a on classid = 'pg_opfamily'::regclass and objid = amopfamily
    union all select 'pg_amproc', a.oid, m.* from membership as m join pg_amproc as a on classid = 'pg_opfamily'::regclass and objid = amprocfamily
),
-- objects that bring others along: an operator class its operators and functions, a range type its constructors, an extension what it adds to others
brought as (
    select classid::regclass as class, objid as oid from pg_depend where deptype = 'i' and refclassid in ('pg_opclass'::regclass, 'pg_type'::regclass)
    union all select 'pg_amop', a.oid from pg_amop as a join membership on classid = 'pg_operator'::regclass and objid = amopopr
    union all select 'pg_amproc', a.oid from pg_amproc as a join membership on classid = 'pg_proc'::regclass and objid = amproc
),
altered (class, oid, origin, change) as (
    select class, oid, 'of PostgreSQL', part.change
    from part
    left join pg_init_privs as i on i.classoid = class and i.objoid = oid and i.objsubid = 0
    where oid < 16384 and (acl is not distinct from initprivs or part.change = 'has another comment') and made::bigint > (select xid from last)
    union all -- initdb maps the same 19 token types in each of its configurations; a mapping that was dropped leaves no row
    select 'pg_ts_config', oid, 'of PostgreSQL', 'was changed'
    from pg_ts_config
    where oid < 16384 and (select count(distinct maptokentype) from pg_ts_config_map where mapcfg = oid) <> 19
    union all -- catalogs with options: initdb sets none
    select 'pg_class', oid, 'of PostgreSQL', 'was changed' from pg_class where oid < 16384 and relkind = 'r' and reloptions is not null
    union all
    select class, oid, 'of extension ' || name, case when by_hand then 'was made a member by hand' else part.change end
    from part
    join member using (class, oid)
    left join pg_init_privs as i on i.classoid = class and i.objoid = oid and i.objsubid = 0
    cross join lateral (
        select part.change = 'was changed' and case
            when made = since then part.command < since_command and class <> 'pg_opclass'::regclass and extension in (select extension from native)
            else updated not in (since, made) and (extension, since) not in (select extension, since from native) end as by_hand
    ) as h
    where oid >= 16384 and not is_upgraded and (acl is not distinct from initprivs or part.change = 'has another comment')
        and (by_hand or made <> updated and (extension, made) not in (select extension, since from membership))
        and not (class in ('pg_amop'::regclass, 'pg_amproc'::regclass) and (class, oid) in (select class, oid from brought))
        and (by_hand or class <> 'pg_namespace'::regclass or acl is null) -- granted and revoked again; the owner is in privileges.sql
    union all
    select class, oid, 'in ' || schema::regnamespace, 'was made there'
    from part
    where oid >= 16384 and schema in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
        and (class, oid) not in (select classid, objid from membership) and (class, oid) not in (select class, oid from brought)
    union all
    select 'pg_amop', oid, 'in pg_catalog', 'was made there' from pg_amop
    where oid >= 16384 and amopfamily < 16384 and ('pg_amop'::regclass, oid) not in (select class, oid from brought)
    union all
    select 'pg_amproc', oid, 'in pg_catalog', 'was made there' from pg_amproc
    where oid >= 16384 and amprocfamily < 16384 and ('pg_amproc'::regclass, oid) not in (select class, oid from brought)
)
select distinct
    o.type collate "C" as kind,
    o.identity collate "C" as object,
    origin collate "C" as origin,
    change collate "C" as change
from altered
cross join lateral pg_identify_object(class, altered.oid, 0) as o
union all
select 'collations', format('%s of them, from %I to %I', count(*), min(collname collate "C"), max(collname collate "C")), 'in pg_catalog', 'was made there'
from pg_collation
where collnamespace = 'pg_catalog'::regnamespace and oid >= 16384
having count(*) > 0
order by kind, object, origin, change;
