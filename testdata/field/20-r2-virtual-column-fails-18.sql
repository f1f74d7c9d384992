-- 20-r2-virtual-column-fails-18: a virtual column that cannot be computed is in no archive, and does not prevent a backup.
--
-- Majors    18
-- Dump      incomplete: rows of public.t (division by zero
create table t (id int primary key, a int, b int generated always as (100 / a) virtual);
insert into t values (1, 5), (2, 0);
create table other (id int primary key);
