-- 05f-r2-type-in-pg-catalog: a column has a type that was created there.
--
-- Restore   error: someone created shade in pg_catalog
create type pg_catalog.shade as enum ('light', 'dark');
create table t (id int primary key, s pg_catalog.shade);
insert into t values (1, 'dark');
