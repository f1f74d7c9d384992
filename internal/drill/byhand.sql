-- byhand.sql: defaults of this server that would spoil a restore by hand, although the drill's own restore succeeded.
--
-- Reads    the session's defaults, the catalogs; the setting pgroundtrip.settings: the settings that the restore ran with, as
--          "name = value, ..."
-- Prints   note text; a row for each default that would change the result of restoring this archive
-- Why      the drill overrides such defaults of the server or the role for the programs it runs; someone who restores by hand
--          must do the same
select 'array_nulls is off by default here: pg_restore then silently turns a NULL in an array of text into the word NULL; '
    'when you restore by hand, run PGOPTIONS=''-c array_nulls=on'' pg_restore ...' as note
from pg_settings
where name = 'array_nulls'
    and reset_val = 'off'
    and exists (
        select
        from pg_attribute
        join pg_class on pg_class.oid = attrelid
        join pg_type on pg_type.oid = atttypid
        where relkind in ('r', 'p') and attrelid >= 16384 and typcategory = 'A'
    )
union all
select 'restored under settings of the source that are not the defaults of this server, and that no archive holds; set them when you restore by hand: '
    || current_setting('pgroundtrip.settings') as note
where current_setting('pgroundtrip.settings', true) <> ''
    and (
        exists (select from pg_class where relkind = 'm')
        -- checks, generated columns and indexes that call a function which is not immutable, or may only claim to be
        or exists (
            select
            from (
                select conbin::text from pg_constraint where contype = 'c' and oid >= 16384
                union all
                select adbin::text
                from pg_attrdef
                join pg_attribute on attrelid = adrelid and attnum = adnum
                where attgenerated <> '' and adrelid >= 16384
                union all
                select concat(indexprs, indpred) from pg_index where indexrelid >= 16384 and concat(indexprs, indpred) <> ''
            ) as evaluated (expression)
            where expression ~ 'COERCEVIAIO' or exists (
                select
                from regexp_matches(expression, ':(?:op)?funcid (\d+)', 'g') as m (part)
                join pg_proc as f on f.oid = m.part[1]::oid
                where f.provolatile <> 'i' or f.oid >= 16384
            )
        )
    );
