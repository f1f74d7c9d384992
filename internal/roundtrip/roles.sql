-- roles.sql: the roles that an archive of this database refers to.
--
-- Reads    pg_shdepend, and the owners of schemas, relations, routines and types (the bootstrap
--          superuser stands in no dependency)
-- Prints   role text; ordered
select role
from (
    select a.rolname::text as role
    from pg_shdepend as d
    join pg_roles as a on a.oid = d.refobjid
    where d.refclassid = 'pg_authid'::regclass
        and d.dbid = (select oid from pg_database where datname = current_database())
    union
    select a.rolname::text
    from pg_roles as a
    where a.oid in (
        select nspowner from pg_namespace where oid >= 16384
        union select relowner from pg_class where oid >= 16384
        union select proowner from pg_proc where oid >= 16384
        union select typowner from pg_type where oid >= 16384
    )
) as needed
where role !~ '^pg_'
order by role collate "C";
