-- rights.sql: rights that this role lacks and that a dump or a record needs.
--
-- Reads    pg_class, pg_namespace, pg_depend, pg_extension, pg_init_privs, pg_largeobject_metadata; the setting
--          pgroundtrip.words, the words of the queries
-- Prints   what text, remedy text (a statement for an administrator), is_needed boolean; ordered
-- Healthy  no rows
--
-- A superuser lacks nothing, and the query then returns at once.
-- is_needed  pg_dump itself fails without it, or would leave rows out; otherwise only a part of the record is lost.
-- Catalogs are listed if initdb lets everyone read them and the queries name them.
with me as (
    select quote_ident(current_user) as role
),
relation as (
    select
        c.oid,
        c.relkind,
        n.oid as schema_oid,
        quote_ident(n.nspname) as schema,
        format('%I.%I', n.nspname, c.relname) as name,
        c.relkind <> 'm' and (e.oid is null or coalesce(c.oid = any (e.extconfig), false)) as is_needed
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    left join pg_depend as d on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.objsubid = 0 and d.deptype = 'e'
    left join pg_extension as e on e.oid = d.refobjid
    where c.relkind in ('r', 'p', 'S', 'm') and c.relpersistence <> 't'
        and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
)
select what, remedy, is_needed
from (
    select 'schema ' || schema, format('grant usage on schema %s to %s', schema, role), bool_or(is_needed)
    from relation, me
    where not has_schema_privilege(schema_oid, 'usage')
    group by schema, role
    union all
    select
        case relkind when 'S' then 'sequence ' when 'm' then 'materialized view ' else 'table ' end || name,
        format('grant select on %s%s to %s', case relkind when 'S' then 'sequence ' else '' end, name, role),
        is_needed
    from relation, me
    where not has_table_privilege(oid, 'select')
    union all
    select 'rows of table ' || name || ' that row-level security hides', format('alter role %s bypassrls', role), true
    from relation, me
    where relkind in ('r', 'p') and row_security_active(oid)
    union all
    select
        'large object ' || l.oid, format('grant select on large object %s to %s', l.oid, role), true
    from pg_largeobject_metadata as l, me
    where not current_setting('lo_compat_privileges')::boolean and not pg_has_role(l.lomowner, 'usage')
        and not exists (
            select from aclexplode(l.lomacl) as a
            where a.privilege_type = 'SELECT' and case when a.grantee = 0 then true else pg_has_role(a.grantee, 'usage') end
        )
        and case when current_setting('server_version_num')::int >= 190000 then not pg_has_role('pg_read_all_data', 'usage') else true end
    union all
    select
        'catalog ' || c.oid::regclass, format('grant select on pg_catalog.%I to %s', c.relname, role),
        c.relkind = 'r' or c.relname in ('pg_roles', 'pg_settings') -- pg_dump and this program read these
    from pg_class as c
    join pg_init_privs as i on i.classoid = 'pg_class'::regclass and i.objoid = c.oid and i.objsubid = 0
    cross join me
    where c.relnamespace = 'pg_catalog'::regnamespace and c.relname = any (current_setting('pgroundtrip.words')::text[])
        and exists (select from aclexplode(i.initprivs) as a where a.grantee = 0 and a.privilege_type = 'SELECT')
        and not has_table_privilege(c.oid, 'select')
) as lacking (what, remedy, is_needed)
where current_setting('is_superuser') = 'off'
order by is_needed desc, what collate "C";
