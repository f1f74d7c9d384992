-- confined.sql: what a role without superuser needs to fill, read and inherit from the tables of extensions, and to use foreign data wrappers.
--
-- Reads    pg_depend, pg_class, pg_namespace, pg_foreign_data_wrapper; the setting pgroundtrip.role
-- Prints   statement text; not ordered
with role (name) as (
    select pg_catalog.current_setting('pgroundtrip.role')
),
member as (
    select classid, objid
    from pg_catalog.pg_depend
    where deptype = 'e' and objsubid = 0 and refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
)
select pg_catalog.format(case c.relkind when 'S' then 'grant select, update on %I.%I to %I' when 'm' then 'grant select on %I.%I to %I'
    else 'alter table %I.%I owner to %I' end, n.nspname, c.relname, role.name) -- only an owner can make a child or a partition
from role
cross join member
join pg_catalog.pg_class as c on c.oid = member.objid and member.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'm', 'S')
union all
select pg_catalog.format('grant usage, create on schema %I to %I', n.nspname, role.name)
from role
cross join member
join pg_catalog.pg_namespace as n on n.oid = member.objid and member.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
union all
select pg_catalog.format('grant usage on foreign data wrapper %I to %I', w.fdwname, role.name)
from role
cross join pg_catalog.pg_foreign_data_wrapper as w;
