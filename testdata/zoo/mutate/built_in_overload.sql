-- built_in_overload.sql: pg_catalog.concat_ws: an overload among the built-in functions.
-- Caught by  altered_objects
create function pg_catalog.concat_ws(text, bigint) returns text language sql immutable as $$ select '' $$;
