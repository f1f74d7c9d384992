-- 11-r2-preloaded-for-sessions: the database makes its sessions load a library first.
--
-- Needs     plpgsql_check
create extension plpgsql_check;
alter database :"DBNAME" set session_preload_libraries = 'plpgsql_check';
create function f(n int) returns int language plpgsql as 'begin return n; end';
create table t (id int primary key check (f(id) = id));
insert into t values (1);
