-- 100-r1-public-renamed-and-made-anew: the original schema public under a new name, and a new one.
--
-- To        newer
alter schema public rename to "Old public";
revoke all on schema "Old public" from public;
create schema public;
create table public.t (id int primary key);
create table "Old public".t (id int primary key);
insert into public.t values (1);
insert into "Old public".t values (2);
comment on schema public is 'made anew';
comment on schema "Old public" is null;
