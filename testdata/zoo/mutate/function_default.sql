-- function_default.sql: zoo.add(numeric, numeric): the default of an argument.
-- Caught by  functions
create or replace function zoo.add(a numeric, b numeric default 1.0) returns numeric
    language sql immutable called on null input
    as $$ select coalesce(a, 0) operator(pg_catalog.+) b $$;
