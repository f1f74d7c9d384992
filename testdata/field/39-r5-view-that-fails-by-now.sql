-- 39-r5-view-that-fails-by-now: it was filled while its query still worked.
--
-- Restore   error: refresh materialized view
create table t (id int primary key, n int);
insert into t values (1, 5);
create materialized view m as select 100 / n as q from t;
update t set n = 0;
