-- 05-r3-partitions-by-what-was-made-immutable: a built-in function that was declared immutable, in a partition key.
--
-- Restore   error: a function of an extension or of PostgreSQL was made immutable at the source
alter function pg_catalog.to_char(timestamptz, text) immutable;
create table t (at timestamptz, day text) partition by list (to_char(at, 'YYYY'));
create table t1 partition of t for values in ('2024');
insert into t values ('2024-06-01', 'x');
