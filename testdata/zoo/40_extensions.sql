-- 40_extensions.sql: extensions of the contrib package, and tables that use them.
--
-- Holds    four extensions in a separate schema
-- Needs    contrib; a loader may omit this file, because 54_needs18.sql does not depend on it
create schema zoo_ext;
create extension hstore schema zoo_ext;
create extension citext schema zoo_ext;
create extension pg_trgm schema zoo_ext;
create extension btree_gist schema zoo_ext;
create table zoo_ext.extended (
    id integer primary key,
    bag zoo_ext.hstore,
    word zoo_ext.citext unique,
    room integer,
    during tsrange,
    constraint one_at_a_time exclude using gist (room with =, during with &&)
);
insert into zoo_ext.extended values
    (1, '', '', 1, '[2024-01-01,2024-01-02)'),
    (2, 'a=>1, b=>NULL, "c d"=>"", "NULL"=>"NULL"', 'Word', 1, '[2024-01-02,2024-01-03)'),
    (3, null, null, null, null),
    (4, '"it''s"=>"\"q\" \\ ,=>"', 'ÜNÏ', 2, 'empty');
create index extended_trigrams on zoo_ext.extended using gin ((word::text) zoo_ext.gin_trgm_ops);
create index extended_bag on zoo_ext.extended using gist (bag zoo_ext.gist_hstore_ops (siglen = 32));
create function zoo_ext.bag_size(bag zoo_ext.hstore) returns integer
    language sql immutable
    as 'select pg_catalog.cardinality(zoo_ext.akeys(bag))';
create view zoo_ext.v_bags as
select id, bag operator(zoo_ext.->) 'a' as a, word operator(zoo_ext.=) 'WORD' as hit
from zoo_ext.extended;
comment on extension hstore is 'A comment of our own.';
comment on constraint one_at_a_time on zoo_ext.extended is 'One at a time.';
