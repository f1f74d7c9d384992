-- source.sql: what a record says about its database.
--
-- Reads    pg_database, pg_collation and the server's own functions
-- Prints   system_identifier, database, encoding, locale_provider, collate, ctype, locale,
--          collation_version, size_bytes; one row
-- Why      columns that some majors lack are read through to_jsonb
select
    (select system_identifier::text from pg_control_system()) as system_identifier,
    current_database()::text as database,
    pg_encoding_to_char(d.encoding)::text as encoding,
    coalesce(to_jsonb(d) ->> 'datlocprovider', 'c') as locale_provider,
    d.datcollate::text as collate,
    d.datctype::text as ctype,
    coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale', '') as locale,
    coalesce(to_jsonb(d) ->> 'datcollversion', '') as collation_version,
    pg_database_size(d.oid) as size_bytes
from pg_database as d
where d.datname = current_database();
