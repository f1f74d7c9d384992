-- grant_system.sql: pg_catalog.pg_read_file: everybody may read files
-- Caught by  privileges
grant execute on function pg_catalog.pg_read_file(text) to public;
