-- roles.sql: every role of the cluster, and what it may do.
--
-- Reads    pg_roles
-- Prints   role, attributes text[], connection_limit integer, valid_until text, comment; ordered by role
-- Key      role
-- Class    definition
-- Scope    cluster
-- Keeps    names, definitions and digests
-- Healthy  the same on both sides
-- Note     predefined roles (pg_...) are not listed: each major has its own
select
    rolname as role,
    array_remove(array[
        case when rolsuper then 'superuser' end, case when rolinherit then 'inherit' end,
        case when rolcreaterole then 'createrole' end, case when rolcreatedb then 'createdb' end,
        case when rolcanlogin then 'login' end, case when rolreplication then 'replication' end,
        case when rolbypassrls then 'bypassrls' end
    ], null) as attributes,
    rolconnlimit as connection_limit,
    to_char(rolvaliduntil at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US BC') || case when not isfinite(rolvaliduntil) then rolvaliduntil::text else '' end
        as valid_until,
    shobj_description(oid, 'pg_authid') as comment
from pg_roles
where rolname !~ '^pg_' and rolname !~ '^pgroundtrip_[0-9a-f]{16}$'
order by rolname collate "C";
