-- 323-r1-more-extensions-in-pg-catalog: types, casts, operators, classes and configuration tables of several.
--
-- Needs     hstore, pg_trgm, ltree, unaccent, cube
create extension hstore schema pg_catalog; create extension pg_trgm schema pg_catalog; create extension ltree;
create extension unaccent schema pg_catalog; create extension cube with schema pg_catalog;
create table t (id int primary key, h hstore default 'a=>1', p ltree default 'a.b', q cube default '(1,2)', s text); insert into t values (1, default, default, default, 'é');
create index on t using gin (h); create index on t using gin (s gin_trgm_ops); create index on t using gist (q);
create view v as select h -> 'a' as a, s % 'e' as near, unaccent(s) as plain, q && '(1,1)' as meets from t;
