-- 11b-r3-preloaded-in-a-plain-dump: an extension whose settings a function of the database carries.
--
-- Needs     pgaudit
-- Format    plain
-- Starts    shared_preload_libraries=pgaudit
create extension pgaudit;
create function f() returns int language sql set pgaudit.log = 'none' as 'select 1';
create table t (id int primary key check (f() = id));
insert into t values (1);
