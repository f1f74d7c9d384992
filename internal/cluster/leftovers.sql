-- leftovers.sql: scratch databases, and roles of confined ones, that killed runs left behind; see sweep.go.
--
-- Reads    pg_database, pg_roles, pg_locks, pg_stat_activity; the words in capitals below are replaced by the program
-- Prints   name text; ordered by it
-- Healthy  no rows
with held as ( -- by a live run: the number in the name is the key of its advisory lock
    select 'pgroundtrip_' || lpad(to_hex(classid::int8), 8, '0') || lpad(to_hex(objid::int8), 8, '0') as name
    from pg_locks
    where locktype = 'advisory' and objsubid = 1
), leftovers as (
    select 'database' as kind, d.datname::text as name
    from pg_database as d
    where (starts_with(shobj_description(d.oid, 'pg_database'), 'DATABASE_COMMENT')
            or not d.datallowconn and shobj_description(d.oid, 'pg_database') is null
                and d.datdba = (select oid from pg_roles where rolname = current_user))
        and pg_has_role(d.datdba, 'usage')
        and not exists (select from pg_stat_activity as a where a.datid = d.oid)
    union all
    select 'role', r.rolname::text -- whose database is gone
    from pg_roles as r
    where starts_with(shobj_description(r.oid, 'pg_authid'), 'ROLE_COMMENT')
        and current_setting('is_superuser') = 'on'
        and not exists (select from pg_database as d where d.datname = r.rolname)
)
select name
from leftovers
where kind = 'KIND' and name ~ '^pgroundtrip_[0-9a-f]{16}$' and name not in (select held.name from held)
order by name collate "C";
