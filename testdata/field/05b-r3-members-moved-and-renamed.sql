-- 05b-r3-members-moved-and-renamed: a member moved to another schema, renamed, with another owner, or made security definer.
--
-- Needs     hstore, unaccent
-- Names     function app.each(public.hstore) of extension hstore was changed
-- Names     function public.hstore_keys(public.hstore) of extension hstore was changed
-- Names     function public.akeys(public.hstore) of extension hstore was changed
-- Names     text search dictionary public.plain of extension unaccent was changed
create schema app;
create extension hstore;
create extension unaccent;
alter function each(hstore) set schema app;
alter function skeys(hstore) rename to hstore_keys;
alter function akeys(hstore) owner to pg_monitor;
alter function svals(hstore) security definer;
alter text search dictionary unaccent rename to plain;
