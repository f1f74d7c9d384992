-- 91-r1-copy-of-statistics: the same with extended statistics.
--
-- Majors    13-18
-- Restore   error: alter table snap alter column s type text
-- Names     column s of public.snap
create table t (a int, b int);
insert into t select n % 3, n % 3 from generate_series(1, 200) as n;
create statistics s (dependencies) on a, b from t;
analyze t;
create table snap as select stxddependencies as s from pg_statistic_ext_data;
