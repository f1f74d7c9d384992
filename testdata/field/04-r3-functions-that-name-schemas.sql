-- 04-r3-functions-that-name-schemas: indexes over functions that need no search_path, beside functions named like built-in ones.
--
-- To        newer
create function public.folded(text) returns text language sql immutable as 'select pg_catalog.lower($1)';
create function public.concat(text) returns text language sql immutable as $$ select 'mine' $$;
create function public.concat(int4[]) returns text language sql immutable as $$ select 'mine' $$;
create function public.sum(bigint, bigint) returns bigint language sql immutable as 'select 1::bigint';
create table word (id int primary key, w text, list int4[], at tsvector);
insert into word values (1, 'A', '{1}', 'a:1'), (2, 'b', '{2}', 'b:2');
create index on word (folded(w));
create index on word (id) where folded(w) > 'a';
