-- tablespaces.sql: every tablespace of the cluster.
--
-- Reads    pg_tablespace
-- Prints   tablespace, owner, options text[], grants text[], comment; ordered by tablespace
-- Key      tablespace
-- Class    definition
-- Scope    cluster
-- Keeps    names, definitions and digests
-- Healthy  the same on both sides
-- Why      the location is not printed: a copy on the same machine must use another one
select
    spcname as tablespace,
    pg_get_userbyid(spcowner)::text as owner,
    (select array_agg(o order by o collate "C") from unnest(spcoptions) as o) as options,
    (select array_agg(g order by g collate "C") from unnest(spcacl::text[]) as g) as grants,
    shobj_description(oid, 'pg_tablespace') as comment
from pg_tablespace
order by spcname collate "C";
