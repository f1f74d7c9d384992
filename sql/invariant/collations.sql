-- collations.sql: every user-defined collation.
--
-- Reads    pg_collation
-- Prints   schema, collation, provider, locale, ctype, rules, deterministic; ordered by schema, collation
-- Key      schema, collation
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after
--
-- The ICU locale moved from collcollate (13, 14) to colliculocale (15, 16) to colllocale (17). Collation versions belong to
-- the host and are not compared. Nor is the encoding: "create collation from" copies "any", which a restore turns into the
-- database's encoding; a collation for any other encoding is unusable, and no dump carries it.
select
    n.nspname as schema,
    c.collname as collation,
    case c.collprovider when 'i' then 'icu' when 'c' then 'libc' when 'b' then 'builtin' when 'd' then 'default' end as provider,
    coalesce(to_jsonb(c) ->> 'colllocale', to_jsonb(c) ->> 'colliculocale', c.collcollate) as locale,
    case when c.collprovider <> 'i' then c.collctype end as ctype,
    to_jsonb(c) ->> 'collicurules' as rules,
    c.collisdeterministic as deterministic
from pg_collation as c
join pg_namespace as n on n.oid = c.collnamespace
where c.collencoding in (-1, pg_char_to_encoding(getdatabaseencoding()))
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and not exists (
        select from pg_depend as e
        where e.classid = 'pg_collation'::regclass and e.objid = c.oid and e.deptype = 'e'
    )
order by n.nspname collate "C", c.collname collate "C", c.collencoding;
