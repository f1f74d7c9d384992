-- transforms.sql: how types are converted for procedural languages.
--
-- Reads    pg_transform
-- Prints   type, language, from_sql, to_sql; ordered by type, language
-- Key      type, language
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after
select
    format_type(f.trftype, null) collate "C" as type,
    l.lanname as language,
    nullif(f.trffromsql::oid, 0)::regprocedure as from_sql,
    nullif(f.trftosql::oid, 0)::regprocedure as to_sql
from pg_transform as f
join pg_language as l on l.oid = f.trflang
where not exists (
    select from pg_depend as e
    where e.classid = 'pg_transform'::regclass and e.objid = f.oid and e.deptype = 'e'
)
order by type, l.lanname collate "C";
