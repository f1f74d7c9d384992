-- 05d-r2-members-in-one-transaction: created and added in one transaction, as migrations do; in one case it is that of the extension itself.
--
-- Needs     hstore, cube
-- Names     function public.mine(integer) of extension hstore was made a member by hand
-- Names     type public.own of extension cube was made a member by hand
begin;
create extension hstore;
create function mine(int) returns int language sql as 'select 1';
alter extension hstore add function mine(int);
commit;
create extension cube;
begin;
create type own as enum ('a');
alter extension cube add type own;
commit;
