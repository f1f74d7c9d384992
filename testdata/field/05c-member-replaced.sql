-- 05c-member-replaced: other bodies, options, comments and costs of objects of extensions.
--
-- Needs     hstore, unaccent, ltree, pg_trgm
-- Names     function public.hstore_to_json(public.hstore) of extension hstore was changed
-- Names     text search dictionary public.unaccent of extension unaccent was changed
-- Names     function public.exist(public.hstore,pg_catalog.text) of extension hstore has another comment
-- Names     function public.similarity(pg_catalog.text,pg_catalog.text) of extension pg_trgm was changed
-- To        newer
create extension hstore;
create extension unaccent;
create extension ltree;
create extension pg_trgm;
create or replace function hstore_to_json(hstore) returns json language sql immutable as $$ select '{"hacked":1}'::json $$;
alter text search dictionary unaccent (rules = 'unaccent');
comment on function exist(hstore, text) is 'our note';
alter function similarity(text, text) cost 999;
create table p (id int primary key, name text);
