-- source.sql: the facts that a record keeps about its database.
--
-- Reads    pg_database, pg_collation and built-in functions
-- Prints   system_identifier, database, encoding, locale_provider, collate, ctype, locale,
--          collation_version, size_bytes, collation_actual; one row
-- Note     collation_version is the one that the database was created with, collation_actual that of this server's libc or ICU:
--          before 15, of any libc collation
-- Why      to_jsonb reads columns that not every major has
select
    (select system_identifier::text from pg_control_system()) as system_identifier,
    current_database()::text as database,
    pg_encoding_to_char(d.encoding)::text as encoding,
    coalesce(to_jsonb(d) ->> 'datlocprovider', 'c') as locale_provider,
    d.datcollate::text as collate,
    d.datctype::text as ctype,
    coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale', '') as locale,
    coalesce(to_jsonb(d) ->> 'datcollversion', '') as collation_version,
    pg_database_size(d.oid) as size_bytes,
    coalesce(
        case when current_setting('server_version_num')::int >= 150000 then substring(query_to_xml(format(
            'select pg_database_collation_actual_version(%s) as version', d.oid), false, true, '')::text from '<version>([^<]*)</version>')
        when d.datcollate not in ('C', 'POSIX') then (
            select pg_collation_actual_version(oid) from pg_collation
            where collprovider = 'c' and collencoding in (-1, d.encoding) and pg_collation_actual_version(oid) is not null
            order by collname collate "C" limit 1
        ) end, ''
    ) as collation_actual
from pg_database as d
where d.datname = current_database();
