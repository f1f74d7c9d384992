-- 04_functions.sql: functions and procedures, every clause at least once.
--
-- Holds    routines only; bodies name everything with its schema, because pg_restore runs with an empty search_path
create function zoo.add(a integer, b integer) returns integer
    language sql immutable strict parallel safe leakproof cost 3
    as 'select a + b';
create function zoo.add(a numeric, b numeric default 1.00) returns numeric
    language sql immutable called on null input
    as $$ select coalesce(a, 0) operator(pg_catalog.+) b $$;
create function zoo.add(text, text) returns text
    language sql immutable
    as $_$ select $1 || '$$' || $2 $_$;

create function zoo.is_even(n integer) returns boolean
    language sql immutable strict parallel safe
    as 'select n % 2 = 0';
create function zoo.twice(n integer) returns integer
    language plpgsql immutable strict
    as $body$
begin
    return n * 2; -- used by generated columns, checks and indexes
end
$body$;
create function zoo.slug(t text) returns text
    language sql immutable strict parallel restricted
    as $$ select pg_catalog.lower(pg_catalog.replace(t, ' ', '-') collate "C") $$;

create function zoo.with_settings(n integer) returns text
    language plpgsql stable security definer parallel unsafe
    set search_path = zoo, pg_catalog, pg_temp
    set "TimeZone" = 'Asia/Kolkata'
    set work_mem = '7MB'
    set extra_float_digits = '1'
    as $body$
declare
    r text := 'a;b';
begin
    if n > 1 then
        r := r || E'\n' || n::text;
    end if;
    return r;
end
$body$;

create function zoo.outs(in a integer, out b integer, out c text, inout d numeric default 1.5)
    language sql immutable
    as $$ select a + 1, a::text, d * 2 $$;
create function zoo.rows_of(n integer) returns setof zoo.pair
    language sql immutable rows 7
    as $$ select i, 'row ' || i from pg_catalog.generate_series(1, n) as i $$;
create function zoo.as_table(n integer) returns table (id integer, "Odd Name" text)
    language sql stable rows 25 cost 250
    as $$ select i, 'x' from pg_catalog.generate_series(1, n) as i $$;
create function zoo.series(a integer, b integer) returns setof integer
    language internal immutable strict support pg_catalog.generate_series_int4_support
    as 'generate_series_int4';
create function zoo.some_record() returns record
    language sql immutable
    as $$ select 1, 'x'::text $$;
create function zoo.nothing() returns void
    language sql
    as '';

create function zoo.variadic_join(sep text, variadic parts text[] default array['a', 'b']) returns text
    language sql immutable
    as $$ select pg_catalog.array_to_string(parts, sep) $$;
create function zoo.any_variadic(variadic "any") returns integer
    language internal immutable
    as 'pg_num_nulls';
create function zoo.first_of(anyarray) returns anyelement
    language sql immutable
    as $$ select $1[pg_catalog.array_lower($1, 1)] $$;
create function zoo.same(a anycompatible, b anycompatible) returns boolean
    language sql immutable
    as $$ select a is not distinct from b $$;
create function zoo.bounds(r anyrange, out lo anyelement, out hi anyelement)
    language sql immutable
    as $$ select pg_catalog.lower(r), pg_catalog.upper(r) $$;
create function zoo.enum_first(anyenum) returns anyenum
    language sql stable
    as $$ select pg_catalog.enum_first($1) $$;

create function zoo.many_defaults(
    a integer default 1 + 1,
    b text default 'it''s',
    c zoo.mood default 'ok',
    d integer[] default '{1,NULL,3}',
    e timestamp default '2001-02-03 04:05:06.000007',
    f zoo.pair default row(1, 'x')::zoo.pair
) returns text
    language sql immutable
    as $$ select a::text || b $$;

create function zoo.row_number_twin() returns bigint
    language internal window immutable
    as 'window_row_number';
create function zoo.twin_transform(n integer) returns integer
    transform for type integer
    language sql immutable
    as 'select n';
create function zoo."Odd ""Function""; drop"("Arg 1" integer, "select" text) returns text
    language sql immutable
    as $odd$ select $2 || $q$ -- not a comment; $q$ || "Arg 1"::text $odd$;
create function zoo.backslashes() returns text
    language plpgsql immutable
    as E'begin\n\treturn E''\\\\ \\n \\x41'' || ''tab\there'';\nend';
create function zoo.domain_arg(p zoo.posint, q zoo.code) returns zoo.small_posint
    language sql immutable
    as 'select 5::zoo.small_posint';

create procedure zoo.log_it(in what text, inout n integer default 0)
    language plpgsql
    as $body$
begin
    n := n + pg_catalog.length(what);
end
$body$;
create procedure zoo.quiet()
    language sql
    security definer
    set search_path = ''
    as 'select 1';

comment on function zoo.add(integer, integer) is 'Adds.';
comment on function zoo.add(text, text) is 'Joins; same name, other arguments.';
comment on procedure zoo.log_it(text, integer) is 'A procedure.';
comment on function zoo."Odd ""Function""; drop"(integer, text) is 'Odd; -- and more';
