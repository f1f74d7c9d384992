-- function_body.sql: zoo.slug(text): one character of its body.
-- Caught by  functions
create or replace function zoo.slug(t text) returns text
    language sql immutable strict parallel restricted
    as $$ select pg_catalog.lower(pg_catalog.replace(t, ' ', '_') collate "C") $$;
