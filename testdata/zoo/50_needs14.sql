-- 50_needs14.sql: features new in PostgreSQL 14.
--
-- Holds    multiranges, numeric infinity, bodies in standard SQL, out parameters of procedures, statistics on expressions
-- Needs    PostgreSQL 14 or newer
create type zoo_new.weights as range (
    subtype = numeric,
    multirange_type_name = zoo_new.many_weights
);
create table zoo_new.multiranges (
    id integer primary key,
    ints int4multirange,
    bigs int8multirange,
    nums nummultirange,
    days datemultirange,
    moments tsmultirange,
    instants tstzmultirange,
    weights zoo_new.many_weights,
    list int4multirange[]
);
insert into zoo_new.multiranges values
    (1, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}'),
    (2, '{(,)}', '{(,)}', '{(,)}', '{(,)}', '{(,)}', '{(,)}', '{(,)}', '{"{}",NULL,"{[1,2),[5,6)}"}'),
    (3, null, null, null, null, null, null, null, null),
    (4, '{[1,3),[5,7),[3,4)}', '{(,1),[9223372036854775807,)}', '{[1.0,1.00],(2,Infinity)}', '{[2024-01-01,2024-01-02),[infinity,)}',
        '{[-infinity,2024-01-01),(2024-01-01,infinity]}', '{[2024-01-01 00:00:00.000001+00,2024-01-01 00:00:01+00)}', '{[0.10,0.2)}', '[0:0]={"{(,1)}"}');
create table zoo_new.numerics_14 (id integer primary key, n numeric, list numeric[]);
insert into zoo_new.numerics_14 values (1, 'Infinity', '{-Infinity,NaN}'), (2, '-Infinity', '{}');

create function zoo_new.atomic_sum(a integer, b integer default 2) returns integer
    language sql immutable
    return a + b;
create function zoo_new.atomic_rows(lowest integer) returns setof zoo.pair
    language sql stable
    begin atomic
        select id, note from zoo.watched where id >= lowest;
        select w.id, coalesce(w.note, 'it''s; odd') from zoo.watched as w where w.id >= lowest order by w.id;
    end;
create function zoo_new.atomic_by_key() returns setof bigint -- can only be parsed if the primary key exists
    language sql stable
    begin atomic
        select pg_catalog.count(*) + a from zoo.indexed group by id;
    end;
create procedure zoo_new.atomic_insert(what text)
    language sql
    begin atomic
        insert into zoo.rule_log (id, what) values (0, what);
        delete from zoo.rule_log where id = 0 and rule_log.what = atomic_insert.what;
    end;
create procedure zoo_new.outs(in a integer, out b integer, inout c text default 'c')
    language plpgsql
    as $body$
begin
    b := a * 2;
    c := c || a;
end
$body$;
create function zoo_new.common(a anycompatible, r anycompatiblemultirange) returns boolean
    language sql immutable
    as 'select true';

create type zoo_new.raw_list;
create function zoo_new.raw_list_in(cstring) returns zoo_new.raw_list
    language internal immutable strict as 'textin';
create function zoo_new.raw_list_out(zoo_new.raw_list) returns cstring
    language internal immutable strict as 'textout';
create type zoo_new.raw_list (
    input = zoo_new.raw_list_in,
    output = zoo_new.raw_list_out,
    like = pg_catalog.text
);

create table zoo_new.compressed (
    id integer primary key,
    as_pglz text compression pglz,
    maybe_lz4 text
);
do $do$
begin
    alter table zoo_new.compressed alter column maybe_lz4 set compression lz4;
exception when feature_not_supported then
    null; -- a build without lz4
end
$do$;
insert into zoo_new.compressed
select i, pg_catalog.repeat('pglz ' || i, 1000), pg_catalog.repeat('lz4 ' || i, 1000)
from pg_catalog.generate_series(1, 5) as i;
create statistics zoo_new.s_expression on (a + 1) from zoo.indexed;
create statistics zoo_new.s_expressions (ndistinct, dependencies, mcv) on (zoo.twice(a)), b, (pg_catalog.lower(c)) from zoo.indexed;
create table zoo_new.brin (id integer, n numeric, d inet);
create index brin_multi on zoo_new.brin using brin (id int4_minmax_multi_ops (values_per_range = 16), n numeric_bloom_ops (n_distinct_per_range = 40));
insert into zoo_new.brin select i, i / 3.0, '10.0.0.1' from pg_catalog.generate_series(1, 100) as i;

-- CYCLE with explicit values (to 'yes' default 'no') is left out: PostgreSQL prints them as 'yes'::text, which it cannot parse.
create view zoo_new.v_search as
with recursive walk (id, twin) as (
    select id, twin from zoo.cities where id = 1
    union all
    select c.id, c.twin from zoo.cities as c join walk as w on c.id = w.twin
) search depth first by id set sorted cycle id set looped using route
select id, twin, looped from walk;
create view zoo_new.v_grouping as
select a, b, pg_catalog.count(*) as n from zoo.indexed group by distinct grouping sets ((a), (a), (a, b));
create view zoo_new.v_alias as
select j.id, v.word from (zoo.cities join (values (1, 'x')) as v (id, word) using (id) as j);
create view zoo_new.v_extract as
select extract(epoch from moment) as seconds, pg_catalog.date_bin('1 hour', moment, timestamp '2024-01-01') as hour from zoo.dates where id = 9;

create function zoo.swallow_14() returns trigger language plpgsql as $$ begin return new; end $$;
create or replace trigger replaced after insert on zoo_new.brin for each row execute function zoo.swallow_14();
-- pg_dump (14 to 18) silently omits a comment on a multirange, so the range has it.
comment on type zoo_new.weights is 'A range with a multirange.';
comment on statistics zoo_new.s_expressions is 'On expressions.';
