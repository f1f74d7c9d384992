-- 23_indexes.sql: indexes of every method and with every clause.
--
-- Holds    one table with most of them, and the flags of indexes (clustered, replica identity)
-- Lacks    an invalid index: it cannot be dumped as such
create table zoo.indexed (
    id integer primary key,
    a integer,
    b text collate "C",
    c text,
    d integer[],
    e jsonb,
    f point,
    g int4range,
    h timestamptz
);
insert into zoo.indexed
select
    i,
    case when i % 5 <> 0 then i % 7 end,
    'b ' || i % 11,
    pg_catalog.md5(i::text),
    array[i % 3, i % 4, null],
    pg_catalog.jsonb_build_object('k', i % 6, 'l', pg_catalog.jsonb_build_array(i)),
    pg_catalog.point(i, -i),
    pg_catalog.int4range(i, i + 3),
    timestamptz '2024-01-01 00:00:00+00' + i * interval '1 hour'
from pg_catalog.generate_series(1, 200) as i;

create index indexed_plain on zoo.indexed (a);
create unique index indexed_unique on zoo.indexed (c);
create unique index indexed_partial_unique on zoo.indexed (id, a) where a > 3 and b <> 'b 1';
create index indexed_partial on zoo.indexed (a, b) where c is not null;
create index indexed_expression on zoo.indexed (zoo.twice(a), (a + 1), (pg_catalog.lower(c)) desc);
create index indexed_covering on zoo.indexed (a) include (b, c);
create index indexed_directions on zoo.indexed (a desc, b asc nulls first, c desc nulls last, id asc nulls last);
create index indexed_collated on zoo.indexed (b collate zoo.plain, c collate "POSIX" text_pattern_ops, c varchar_pattern_ops);
create index indexed_opclass on zoo.indexed (a zoo.last_digit_btree, id);
create index indexed_fill on zoo.indexed (h) with (fillfactor = 55, deduplicate_items = off);
create index indexed_hash on zoo.indexed using hash (b) with (fillfactor = 80);
create index indexed_hash_own on zoo.indexed using hash (a zoo.last_digit_hash);
create index indexed_gin on zoo.indexed using gin (d, e) with (fastupdate = off);
create index indexed_gin_path on zoo.indexed using gin (e jsonb_path_ops) with (gin_pending_list_limit = 128);
create index indexed_gist on zoo.indexed using gist (f, g) with (buffering = off, fillfactor = 75);
create index indexed_spgist on zoo.indexed using spgist (f kd_point_ops);
create index indexed_spgist_text on zoo.indexed using spgist (b text_ops) where a is not null;
create index indexed_brin on zoo.indexed using brin (id, h) with (pages_per_range = 2, autosummarize = true);
create index indexed_brin_range on zoo.indexed using brin (g range_inclusion_ops);
create index "indexed Odd ""Name""" on zoo.indexed ((case when b = 'it''s' then c else b || '"' end)) where e ->> 'k' <> E'\\';
alter index zoo.indexed_expression alter column 1 set statistics 333;
alter index zoo.indexed_expression alter column 3 set statistics 0;

create table zoo.clustered (id integer primary key, n integer not null);
create index clustered_n on zoo.clustered (n desc);
alter table zoo.clustered cluster on clustered_n;
insert into zoo.clustered values (1, 9), (2, 8), (3, 7);
create table zoo.replica_by_index (id integer not null, n integer);
create unique index replica_by_index_id on zoo.replica_by_index (id);
alter table zoo.replica_by_index replica identity using index replica_by_index_id;
create table zoo.replica_full (id integer, n integer);
alter table zoo.replica_full replica identity full;
create table zoo.replica_nothing (id integer primary key);
alter table zoo.replica_nothing replica identity nothing;

comment on index zoo.indexed_partial is 'Only where c is known.';
comment on index zoo."indexed Odd ""Name""" is 'Odd.';
