-- settings.sql: session defaults that affect the value of an expression which a restore evaluates.
--
-- Reads    pg_settings, pg_attribute, pg_type
-- Prints   name text, value text; ordered
-- Why      a restore refreshes materialized views and evaluates checks and generated columns: date_trunc('day', at) depends on
--          TimeZone, d::text on DateStyle, to_tsvector(body) on default_text_search_config. No archive holds these.
--          reset_val is the value at the start of the session (from the server, the database or the role), before any SET.
--          Custom settings of an application (app.secret) are not read: they may be secrets.
--          lc_monetary is left out if a column has money: an archive holds it in the format of 'C'.
select name, value
from (
    select name, reset_val as value
    from pg_settings
    where name in (
            'TimeZone', 'timezone_abbreviations', 'DateStyle', 'IntervalStyle', 'extra_float_digits', 'bytea_output', 'xmlbinary',
            'lc_numeric', 'lc_time', 'default_text_search_config', 'transform_null_equals', 'gin_fuzzy_search_limit'
        )
        or name = 'lc_monetary' and not exists (
            select
            from pg_type as t
            left join pg_attribute on atttypid = t.oid and attrelid >= 16384 and not attisdropped
            where '{money,money[]}'::regtype[]::oid[] && array[t.oid, t.typbasetype]
                and (attrelid is not null or t.oid >= 16384)
        )
    union all
    -- settings of a library appear once it is loaded; until then a placeholder exists, but only if the setting was set
    select name, current_setting(name, true)
    from unnest('{plpgsql.variable_conflict,plpgsql.check_asserts,pg_trgm.similarity_threshold,pg_trgm.word_similarity_threshold,
        pg_trgm.strict_word_similarity_threshold,orafce.nls_date_format,orafce.timezone}'::text[]) as library (name)
    where not exists (select from pg_settings as s where s.name = library.name and s.source = 'default')
) as setting
where value <> ''
order by name collate "C";
