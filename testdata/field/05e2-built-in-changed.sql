-- 05e2-built-in-changed: changes to objects of initdb are in no archive.
--
-- Names     text search configuration pg_catalog.english of PostgreSQL was changed
-- Names     function pg_catalog.to_tsvector(pg_catalog.text) of PostgreSQL was changed
-- Names     function pg_catalog.sha256(pg_catalog.bytea) of PostgreSQL has another comment
-- To        newer
alter text search configuration pg_catalog.english alter mapping for word, asciiword with simple;
alter function pg_catalog.to_tsvector(text) immutable;
comment on function pg_catalog.sha256(bytea) is 'ours';
create table p (id int primary key, name text);
insert into p values (1, 'the cats');
