-- 33_large_objects.sql: large objects under fixed oids.
--
-- Holds    an empty one, one page, sizes next to page limits, many pages, zeros, a hole, and a table that refers to them
select pg_catalog.lo_create(910001);
select pg_catalog.lo_from_bytea(910002, 'plain text');
select pg_catalog.lo_from_bytea(910003, '\x00');
select pg_catalog.lo_from_bytea(910004, pg_catalog.decode(pg_catalog.repeat('ab', 2047), 'hex'));
select pg_catalog.lo_from_bytea(910005, pg_catalog.decode(pg_catalog.repeat('cd', 2048), 'hex')); -- exactly one page
select pg_catalog.lo_from_bytea(910006, pg_catalog.decode(pg_catalog.repeat('ef', 2049), 'hex'));
select pg_catalog.lo_from_bytea(910007, (
    select pg_catalog.string_agg(pg_catalog.sha256(i::text::bytea), '' order by i)
    from pg_catalog.generate_series(1, 4000) as i
));
select pg_catalog.lo_from_bytea(910008, pg_catalog.decode(pg_catalog.repeat('00', 50000), 'hex'));
select pg_catalog.lo_from_bytea(910009, 'start');
select pg_catalog.lo_put(910009, 9000, 'end'); -- the pages in between are not stored here, but after a restore they are
select pg_catalog.lo_from_bytea(910010, 'unreferenced, without a comment');
select pg_catalog.lo_from_bytea(4294967295, 'the last oid');

create table zoo.attachments (
    id integer primary key,
    name text,
    body oid
);
insert into zoo.attachments values
    (1, 'empty', 910001),
    (2, 'text', 910002),
    (3, 'many pages', 910007),
    (4, 'hole', 910009),
    (5, 'points to nothing', 910099),
    (6, 'none', null);
comment on large object 910002 is 'A large object.';
comment on large object 910001 is 'An empty one.';
