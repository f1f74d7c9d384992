-- databases.sql: every database of the cluster, and the grants on it.
--
-- Reads    pg_database, pg_tablespace
-- Prints   database, owner, encoding, locale text[], tablespace, flags text[], connection_limit integer, grants text[], comment;
--          ordered by database
-- Key      database
-- Class    definition
-- Scope    cluster
-- Keeps    names, definitions and digests
-- Healthy  the same on both sides
-- Note     scratch databases of pgroundtrip are not listed
-- Why      to_jsonb reads columns that not every major has
select
    d.datname as database,
    pg_get_userbyid(d.datdba)::text as owner,
    pg_encoding_to_char(d.encoding)::text as encoding,
    array[coalesce(to_jsonb(d) ->> 'datlocprovider', 'c'), d.datcollate::text, d.datctype::text,
        coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale'), to_jsonb(d) ->> 'daticurules'] as locale,
    t.spcname as tablespace,
    array_remove(array[case when d.datistemplate then 'template' end, case when not d.datallowconn then 'closed' end], null) as flags,
    d.datconnlimit as connection_limit,
    (select array_agg(g order by g collate "C") from unnest(d.datacl::text[]) as g) as grants,
    shobj_description(d.oid, 'pg_database') as comment
from pg_database as d
join pg_tablespace as t on t.oid = d.dattablespace
where d.datname !~ '^pgroundtrip_[0-9a-f]{16}$'
order by d.datname collate "C";
