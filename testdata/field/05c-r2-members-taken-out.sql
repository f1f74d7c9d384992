-- 05c-r2-members-taken-out: a member that was removed from its extension is in the archive, and so is the extension, which creates it again.
--
-- Needs     hstore
-- Restore   error: alter extension ... add function akeys
-- Names     the function public.akeys(public.hstore) is in the library of the extension hstore but not a member of it
create extension hstore;
alter extension hstore drop function akeys(hstore);
create table t (id int primary key, h hstore);
insert into t values (1, 'a=>1');
