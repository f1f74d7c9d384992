-- 11-r3-preloaded-in-order: a library that requires another one before it.
--
-- Needs     pg_stat_kcache, pg_stat_statements, pg_wait_sampling
-- Starts    shared_preload_libraries=pg_stat_statements,pg_stat_kcache,pg_wait_sampling; pg_wait_sampling.history_size=100
create extension pg_stat_statements;
create extension pg_stat_kcache;
create extension pg_wait_sampling;
create table t (id int primary key);
insert into t values (1);
