-- operator_classes.sql: operator families and classes, which define what "less than" means for an index.
--
-- Reads    pg_opfamily, pg_opclass, pg_amop, pg_amproc
-- Prints   schema, family, access_method, part, detail; ordered by all five. part is family, class, operator or function
-- Key      schema, family, access_method, part, detail
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after
--
-- For a family of initdb or of an extension it lists what a user-defined operator class added: the class, and the operators and
-- functions that depend on it. Additions without a class are in no dump: see altered_objects.sql.
with own as materialized ( -- families and classes that come from neither initdb nor an extension
    select 'pg_opfamily'::regclass as class, f.oid, f.oid as family
    from pg_opfamily as f
    where f.opfnamespace in (select oid from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema')
    union all
    select 'pg_opclass'::regclass, o.oid, o.opcfamily
    from pg_opclass as o
    where o.opcnamespace in (select oid from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema')
    except
    select e.classid, e.objid, coalesce(o.opcfamily, e.objid)
    from pg_depend as e
    left join pg_opclass as o on e.classid = 'pg_opclass'::regclass and o.oid = e.objid
    where e.classid in ('pg_opfamily'::regclass, 'pg_opclass'::regclass) and e.deptype = 'e'
),
family as (
    select oid from own where class = 'pg_opfamily'::regclass
),
brought as ( -- what user-defined classes add to other families
    select d.classid, d.objid
    from own as o
    join pg_depend as d on d.refclassid = o.class and d.refobjid = o.oid
    where o.class = 'pg_opclass'::regclass and o.family not in (select oid from family)
        and d.classid in ('pg_amop'::regclass, 'pg_amproc'::regclass)
),
part as (
    select f.oid, 'family' as part, null as detail
    from family as f
    union all
    select o.opcfamily, 'class', format('%I.%I for type %s%s%s', n.nspname, o.opcname, format_type(o.opcintype, null),
        case when o.opcdefault then ' default' end, ' storage ' || format_type(nullif(o.opckeytype, 0), null))
    from pg_opclass as o
    join pg_namespace as n on n.oid = o.opcnamespace
    where o.opcfamily in (select oid from family) or o.oid in (select oid from own where class = 'pg_opclass'::regclass)
    union all
    select a.amopfamily, 'operator', format('%s %s%s', a.amopstrategy, a.amopopr::regoperator,
        ' for order by ' || (
            select format('%I.%I', n.nspname, s.opfname)
            from pg_opfamily as s
            join pg_namespace as n on n.oid = s.opfnamespace
            where s.oid = a.amopsortfamily
        ))
    from pg_amop as a
    where a.amopfamily in (select oid from family) or ('pg_amop'::regclass, a.oid) in (select classid, objid from brought)
    union all
    select a.amprocfamily, 'function', format('%s (%s, %s) %s', a.amprocnum,
        format_type(a.amproclefttype, null), format_type(a.amprocrighttype, null), a.amproc::regprocedure)
    from pg_amproc as a
    where a.amprocfamily in (select oid from family) or ('pg_amproc'::regclass, a.oid) in (select classid, objid from brought)
)
select
    n.nspname as schema,
    f.opfname as family,
    am.amname as access_method,
    part.part,
    part.detail
from part
join pg_opfamily as f on f.oid = part.oid
join pg_namespace as n on n.oid = f.opfnamespace
join pg_am as am on am.oid = f.opfmethod
order by n.nspname collate "C", f.opfname collate "C", am.amname collate "C", part.part collate "C", part.detail collate "C";
