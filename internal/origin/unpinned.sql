-- unpinned.sql: functions that a restore calls and that resolve names through the search_path.
--
-- Reads    pg_proc, pg_language, pg_depend, pg_class, pg_constraint, pg_attrdef, pg_rewrite
-- Prints   validator text, function oid, name text, callers text, is_member boolean; ordered by name
-- Healthy  the validator of each, called with its oid, finds no fault under search_path = pg_catalog, pg_temp, which is what a
--          restore uses. The validator parses the body; it runs nothing of the database
-- Why      a restore fails at an index, check, generated column or materialized view that calls such a function
select
    case l.lanname when 'sql' then 'fmgr_sql_validator' else 'plpgsql_validator' end as validator,
    f.oid as function,
    f.oid::regprocedure::text as name,
    callers,
    is_member
from (
    select
        d.refobjid as oid,
        string_agg(distinct pg_describe_object(d.classid, d.objid, 0), ', ') as callers
    from pg_depend as d
    left join pg_class as c on d.classid = 'pg_class'::regclass and c.oid = d.objid
    left join pg_constraint as k on d.classid = 'pg_constraint'::regclass and k.oid = d.objid
    left join pg_attrdef as g on d.classid = 'pg_attrdef'::regclass and g.oid = d.objid
    left join pg_attribute as a on a.attrelid = g.adrelid and a.attnum = g.adnum
    left join pg_rewrite as r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
    left join pg_class as m on m.oid = r.ev_class
    where d.refclassid = 'pg_proc'::regclass
        and (c.relkind in ('i', 'I', 'p') or k.contype = 'c' and k.convalidated or a.attgenerated = 's' or m.relkind = 'm' and m.relispopulated)
    group by d.refobjid
) as called
join pg_proc as f on f.oid = called.oid
join pg_language as l on l.oid = f.prolang
cross join lateral (
    select exists (
        select from pg_depend as e where e.classid = 'pg_proc'::regclass and e.objid = f.oid and e.deptype = 'e'
    ) as is_member
) as e
where l.lanname in ('sql', 'plpgsql')
    and coalesce(to_jsonb(f) ->> 'prosqlbody', '') = ''
    and not exists (select from unnest(f.proconfig) as setting where setting like 'search_path=%')
order by f.oid::regprocedure::text collate "C", f.oid;
