-- reprint/collations.sql: how this server stores the locale of an ICU collation: from 16 on as a language tag.
--
-- Reads    pgroundtrip.row, which is a row of invariant/collations.sql as JSON
-- Prints   statement text: to be run in this order and rolled back; the last one prints the columns of Spells
-- Spells   locale
select s.statement
from (
    select r ->> 'locale' as locale, r ->> 'deterministic' as deterministic
    from (select current_setting('pgroundtrip.row')::jsonb as r) as setting
    where r ->> 'provider' = 'icu'
) as given
cross join lateral (
    values
        (1, format('create collation pgroundtrip_reprint.reprint (provider = icu, locale = %L, deterministic = %s)',
            locale, case deterministic when 't' then 'true' else 'false' end)),
        (2, 'select lower(coalesce(to_jsonb(c) ->> ''colllocale'', to_jsonb(c) ->> ''colliculocale'', c.collcollate)) as locale
            from pg_collation as c where c.collnamespace = ''pgroundtrip_reprint''::regnamespace')
) as s (n, statement)
order by s.n;
