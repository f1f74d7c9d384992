-- 303-r2-order-that-does-not-matter: the order of rows changes, but not the rows of the views.
--
-- Unnamed   the physical order of rows
create table t (id int primary key, n int);
insert into t select n, n % 3 from generate_series(1, 100) as n;
create aggregate product (int) (sfunc = int4mul, stype = int, initcond = '1');
update t set n = n where id < 50;
create materialized view m as select max(n) as a, count(distinct n) as b, sum(n) as c, product(n + 1 - n) as d, bool_or(n > 1) as e from t;
create materialized view l as select n from t order by n limit 3;
update t set n = n where id > 30 and id < 40;
