-- built_in_function.sql: pg_catalog.sha256: another body.
-- Caught by  altered_objects
create or replace function pg_catalog.sha256(bytea) returns bytea language sql immutable strict as $$ select '\x00'::bytea $$;
