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
--
-- From 16 on the server stores the ICU locale as a language tag: en@colNumeric=yes and en-u-kn-true become en-u-kn. Records of two
-- majors are compared without a server, so every major prints that tag, in lower case.
select
    n.nspname as schema,
    c.collname as collation,
    case c.collprovider when 'i' then 'icu' when 'c' then 'libc' when 'b' then 'builtin' when 'd' then 'default' end as provider,
    case
        when c.collprovider <> 'i' or given.locale ~* '-[a-tv-z]-' then given.locale -- with a private part
        when word.list is null then regexp_replace(part.language, '^root$', 'und')
        else regexp_replace(part.language, '^(root)?$', 'und') || '-u' || word.list
    end as locale,
    case when c.collprovider <> 'i' then c.collctype end as ctype,
    to_jsonb(c) ->> 'collicurules' as rules,
    c.collisdeterministic as deterministic
from pg_collation as c
join pg_namespace as n on n.oid = c.collnamespace
cross join lateral (
    select coalesce(to_jsonb(c) ->> 'colllocale', to_jsonb(c) ->> 'colliculocale', c.collcollate)
) as given (locale)
cross join lateral (
    select
        translate(split_part(regexp_replace(lower(given.locale), '(-u-|@).*$', ''), '.', 1), '_', '-'),
        substring(lower(given.locale) from '(?:-u-|@)(.*)$')
) as part (language, words)
cross join lateral (
    select string_agg('-' || coalesce(k.tag, p.name) || coalesce(v.tag, '-' || p.value), '' order by coalesce(k.tag, p.name) collate "C")
    from (
        select m[1], m[2]
        from regexp_matches(part.words, '([^=;]+)=([^;]*)', 'g') as m
        union all
        select m[1], substr(m[2], 2)
        from regexp_matches(case when given.locale !~ '@' then part.words end, '(?:^|-)([a-z0-9][a-z])((?:-[a-z0-9]{3,8})*)', 'g') as m
    ) as p (name, value)
    left join (
        values ('collation', 'co'), ('colalternate', 'ka'), ('colbackwards', 'kb'), ('colcaselevel', 'kc'), ('colcasefirst', 'kf'),
            ('colnormalization', 'kk'), ('colnumeric', 'kn'), ('colreorder', 'kr'), ('colstrength', 'ks'), ('numbers', 'nu')
    ) as k (name, tag) on k.name = p.name
    left join (
        values ('', ''), ('yes', ''), ('true', ''), ('no', '-false'), ('primary', '-level1'), ('secondary', '-level2'),
            ('tertiary', '-level3'), ('quaternary', '-level4'), ('quarternary', '-level4'), ('identical', '-identic'),
            ('non-ignorable', '-noignore'), ('phonebook', '-phonebk'), ('traditional', '-trad'), ('dictionary', '-dict')
    ) as v (name, tag) on v.name = p.value
) as word (list)
where c.collencoding in (-1, pg_char_to_encoding(getdatabaseencoding()))
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and not exists (
        select from pg_depend as e
        where e.classid = 'pg_collation'::regclass and e.objid = c.oid and e.deptype = 'e'
    )
order by n.nspname collate "C", c.collname collate "C", c.collencoding;
