-- 05c-r3-own-function-of-a-library: user-defined functions in the library of an extension are in the archive and come back.
--
-- Needs     unaccent, hstore
-- Unnamed   not a member of it
-- Unnamed   was changed
-- To        newer
create extension unaccent;
create extension hstore;
create function immutable_unaccent(regdictionary, text) returns text language c immutable parallel safe strict as '$libdir/unaccent', 'unaccent_dict';
create function f_unaccent(text) returns text language sql immutable as $$ select public.immutable_unaccent('public.unaccent'::regdictionary, $1) $$;
create function keys_of(hstore) returns text[] language c immutable strict as '$libdir/hstore', 'hstore_akeys';
create table t (id int primary key, a text);
create index on t (f_unaccent(a));
insert into t values (1, 'Hôtel');
