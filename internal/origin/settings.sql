-- settings.sql: the defaults of this session that change what an expression gives while a restore evaluates it.
--
-- Reads    pg_settings, pg_attribute, pg_type
-- Prints   name text, value text; ordered
-- Why      a restore refreshes materialized views and evaluates checks and generated columns: date_trunc('day', at) by
--          TimeZone, d::text by DateStyle, to_tsvector(body) by default_text_search_config. No archive carries these.
--          reset_val is what the session began with: by the server, the database or the role, before any SET.
--          Values of an application's own settings (app.secret) are not read: they may be secrets.
--          lc_monetary is left out where a column has money: an archive holds it as 'C' writes it.
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
    -- known once their library is loaded; until then what was set, and that alone, is there under the same name
    select name, current_setting(name, true)
    from unnest('{plpgsql.variable_conflict,plpgsql.check_asserts,pg_trgm.similarity_threshold,pg_trgm.word_similarity_threshold,
        pg_trgm.strict_word_similarity_threshold,orafce.nls_date_format,orafce.timezone}'::text[]) as library (name)
    where not exists (select from pg_settings as s where s.name = library.name and s.source = 'default')
) as setting
where value <> ''
order by name collate "C";
