-- byhand.sql: what a restore by hand into this server would meet, and the drill's own does not.
--
-- Reads    the session's defaults, the catalogs
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
    );
