-- preload.sql: libraries that the server preloads at its start or at a session's start, if this database needs them.
--
-- Reads    pg_settings, pg_proc, pg_extension, pg_seclabel
-- Prints   name text, value text; ordered: the settings that preload them, and the settings that they read at server start
-- Why      create extension pg_cron is refused if the library was not preloaded, or if cron.database_name names another
--          database. A library that only monitors or tunes (auto_explain) does not matter to a restore
with needed (library) as (
    select extname::text from pg_extension
    union
    select regexp_replace(probin, '^.*/|\.(so|dll|dylib)$', '', 'g') from pg_proc where probin is not null and oid >= 16384
    union
    select provider from pg_seclabel
),
preloaded as (
    select s.name, string_agg(l.library, ',' order by l.n) as value
    from pg_settings as s
    cross join regexp_split_to_table(s.reset_val, '[ "]*,[ "]*') with ordinality as r (entry, n)
    cross join lateral (select trim(both ' "' from r.entry), r.n) as l (library, n)
    where s.name in ('shared_preload_libraries', 'session_preload_libraries', 'local_preload_libraries')
        and regexp_replace(l.library, '^.*/|\.(so|dll|dylib)$', '', 'g') in (select library from needed)
    group by s.name
)
select name, value from preloaded
union all
select s.name, s.setting
from pg_settings as s
where s.name like '%.%' and s.context = 'postmaster' and (s.source <> 'default' or s.setting = current_database())
    and exists (select from preloaded where preloaded.name = 'shared_preload_libraries')
order by 1;
