-- languages.sql: every procedural language outside extensions.
--
-- Reads    pg_language
-- Prints   language, trusted, handler, inline, validator; ordered by language
-- Key      language
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after
select
    l.lanname as language,
    l.lanpltrusted as trusted,
    nullif(l.lanplcallfoid, 0)::regprocedure as handler,
    nullif(l.laninline, 0)::regprocedure as inline,
    nullif(l.lanvalidator, 0)::regprocedure as validator
from pg_language as l
where l.oid >= 16384 -- lower oids come from initdb and are in every database
    and not exists (
        select from pg_depend as e
        where e.classid = 'pg_language'::regclass and e.objid = l.oid and e.deptype = 'e'
    )
order by l.lanname collate "C";
