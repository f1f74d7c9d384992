-- 53_needs17.sql: features new in PostgreSQL 17.
--
-- Holds    interval infinity, identity and exclusion on partitioned tables, JSON_TABLE, the builtin locale provider, MAINTAIN
-- Needs    PostgreSQL 17 or newer
create table zoo_new.intervals_17 (id integer primary key, span interval, list interval[]);
insert into zoo_new.intervals_17 values (1, 'infinity', '{-infinity,NULL}'), (2, '-infinity', '{}');
create table zoo_new.jsonpaths_17 (id integer primary key, path jsonpath);
insert into zoo_new.jsonpaths_17 values (1, '$.a.bigint() + $.b.decimal(5, 2)'), (2, '$.t.timestamp_tz(3).string()'), (3, '$.d.date()');

create table zoo_new.numbered (
    id bigint generated always as identity (start with 10 increment by 5),
    k integer not null,
    note text
) partition by list (k);
create table zoo_new.numbered_1 partition of zoo_new.numbered for values in (1);
create table zoo_new.numbered_2 (note text, k integer not null, id bigint not null);
alter table zoo_new.numbered attach partition zoo_new.numbered_2 for values in (2);
insert into zoo_new.numbered (k, note) values (1, 'a'), (2, 'b'), (1, null);
create table zoo_new.apart (
    k integer,
    span int4range,
    exclude using btree (k with =)
) partition by hash (k);
create table zoo_new.apart_0 partition of zoo_new.apart for values with (modulus 1, remainder 0);
insert into zoo_new.apart values (1, '[1,2)'), (2, 'empty');
create table zoo_new.other_access (id integer) partition by range (id) using zoo_heap;
create table zoo_new.other_access_1 partition of zoo_new.other_access for values from (0) to (10);
insert into zoo_new.other_access values (1), (2);
create table zoo_new.default_target (id integer primary key, n integer);
alter table zoo_new.default_target alter column n set statistics default;

create table zoo_new.new_expression (a integer, b integer generated always as (a * 2) stored);
insert into zoo_new.new_expression values (1), (2);
alter table zoo_new.new_expression alter column b set expression as (a * 3);

create view zoo_new.v_json_table as
select t.*
from zoo.jsons as j, json_table(
    j.parsed, '$[*]' as root passing 1 as one
    columns (
        n for ordinality,
        whole jsonb format json path '$' with wrapper keep quotes,
        there boolean exists path '$.k',
        v text path '$.k' default 'none' on empty null on error,
        nested path '$.list[*]' as inner_path columns (item integer path '$')
    )
) as t
where j.id = 14;
create view zoo_new.v_json_17 as
select
    json_value(parsed, '$.b' returning integer default -1 on empty) as b,
    json_query(parsed, 'lax $.*' omit quotes null on error) as q,
    json_exists(parsed, '$.b ? (@ > $x)' passing 1 as x false on error) as e,
    json('{"a": 1}' with unique keys) as j, json_scalar(1.50) as s, json_serialize('{}' returning bytea) as r
from zoo.jsons;
create function zoo_new.merge_returning() returns setof text
    language sql
    begin atomic
        merge into zoo_new.pairs as p
        using (values (1, 1)) as v (a, b) on p.a = v.a and p.b = v.b
        when not matched by source then delete
        when not matched by target then insert values (v.a, v.b, null)
        returning merge_action() || p.a;
    end;
create view zoo_new.v_at_local as
select timestamptz '2024-01-01 00:00:00+00' at local as here;

create collation zoo_new.builtin_c (provider = builtin, locale = 'C');
create collation zoo_new.builtin_utf8 (provider = builtin, locale = 'C.UTF-8');
create index stored_upper on zoo_new.stored_16 (pg_catalog.upper(main collate zoo_new.builtin_utf8));
grant maintain on zoo_new.numbered to public;

comment on collation zoo_new.builtin_utf8 is 'The same on every system.';
comment on column zoo_new.numbered.id is 'Identity on a partitioned table.';
