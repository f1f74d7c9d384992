-- 303-r3-limit-and-sample: any row satisfies the query, and the restore picks another one.
--
-- Restore   fails materialized_views: any_row
-- Names     public.any_row depends on the physical order of rows (limit)
create table t (id int primary key, a text);
insert into t values (1, 'x'), (2, 'y');
create materialized view any_row as select id from t limit 1;
create materialized view by_lateral as select o.id from t, lateral (select i.id from t as i where i.a <> t.a limit 1) as o order by 1;
update t set a = 'z' where id = 1;
