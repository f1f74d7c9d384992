-- 11b-preloaded-pgaudit: an extension that cannot be created unless its library is preloaded.
--
-- Needs     pgaudit
-- Starts    shared_preload_libraries=pgaudit
create extension pgaudit;
create table t (id int primary key);
insert into t values (1);
