-- byhand.sql: what a restore by hand into this server would meet, and the drill's own does not.
--
-- Reads    the session's defaults, the catalogs; the setting pgroundtrip.settings: what the restore ran under, as
--          "name = value, ..."
-- Prints   note text; a row for each default that would change what this archive restores to
-- Why      the drill sets for its programs what a server's, or a role's, defaults could spoil: who restores
--          by hand has to do so too
select 'array_nulls is off by default here: pg_restore then turns a NULL in an array of text into the word NULL, without an error; '
    'by hand, restore by PGOPTIONS=''-c array_nulls=on'' pg_restore ...' as note
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
select 'restored under settings of the source that this server does not have by default, and that no archive carries: '
    || current_setting('pgroundtrip.settings') as note
where current_setting('pgroundtrip.settings', true) <> ''
    and (
        exists (select from pg_class where relkind = 'm')
        -- checks, generated columns and indexes, where a function is not immutable, or only claims to be
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
