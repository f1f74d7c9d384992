-- 05b-member-altered: a change to an extension's function is in no archive.
--
-- Needs     unaccent
-- Names     function public.unaccent(pg_catalog.text) of extension unaccent was changed
-- To        newer
create extension unaccent;
alter function unaccent(text) immutable;
create table p (id int primary key, name text);
insert into p values (1, 'Élan');
