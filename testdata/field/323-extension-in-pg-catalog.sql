-- 323-extension-in-pg-catalog: citext was put there; its functions have the names of built-in ones, which are printed in another way since.
--
-- Needs     citext
create extension citext schema pg_catalog;
create table t (email citext primary key check (email <> 'x')); insert into t values ('A@b.c');
create view v as select email = 'a@B.C' as is_she, email ~ '^a' as starts, strpos(email, 'B') from t;
