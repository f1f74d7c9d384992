-- operator_classes.sql: operator families and classes: what an index means by "less than".
--
-- Reads    pg_opfamily, pg_opclass, pg_amop, pg_amproc
-- Prints   schema, family, access_method, part, detail; ordered by all five. part is family, class, operator or function
-- Key      schema, family, access_method, part, detail
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after
with family as (
    select f.oid, n.nspname, f.opfname, am.amname, f.opfmethod
    from pg_opfamily as f
    join pg_namespace as n on n.oid = f.opfnamespace
    join pg_am as am on am.oid = f.opfmethod
    where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
        and not exists (
            select from pg_depend as e
            where e.classid = 'pg_opfamily'::regclass and e.objid = f.oid and e.deptype = 'e'
        )
),
part as (
    select f.oid, 'family' as part, null as detail
    from family as f
    union all
    select o.opcfamily, 'class', format('%I.%I for type %s%s%s', n.nspname, o.opcname, format_type(o.opcintype, null),
        case when o.opcdefault then ' default' end, ' storage ' || format_type(nullif(o.opckeytype, 0), null))
    from pg_opclass as o
    join pg_namespace as n on n.oid = o.opcnamespace
    union all
    select a.amopfamily, 'operator', format('%s %s%s', a.amopstrategy, a.amopopr::regoperator,
        ' for order by ' || (
            select format('%I.%I', n.nspname, s.opfname)
            from pg_opfamily as s
            join pg_namespace as n on n.oid = s.opfnamespace
            where s.oid = a.amopsortfamily
        ))
    from pg_amop as a
    union all
    select a.amprocfamily, 'function', format('%s (%s, %s) %s', a.amprocnum,
        format_type(a.amproclefttype, null), format_type(a.amprocrighttype, null), a.amproc::regprocedure)
    from pg_amproc as a
)
select
    f.nspname as schema,
    f.opfname as family,
    f.amname as access_method,
    part.part,
    part.detail
from family as f
join part on part.oid = f.oid
order by f.nspname collate "C", f.opfname collate "C", f.amname collate "C", part.part collate "C", part.detail collate "C";
