-- 203-r3-ways-to-be-stale: after a truncate, a delete in a partition, another function and another dictionary; and one that only looks stale.
--
-- Restore   fails materialized_views: emptied
-- Names     public.emptied was stale at the dump
-- Names     public.of_part was stale at the dump
-- Names     public.by_function was stale at the dump
-- Unnamed   public.same
-- Unnamed   public.not_filled
create table t (id int primary key, a text);
insert into t values (1, 'x'), (2, 'y');
create table p (k int, a text) partition by list (k);
create table p1 partition of p for values in (1);
insert into p values (1, 'x'), (1, 'y');
create function half(int) returns int language sql immutable as 'select $1 / 2';
create materialized view emptied as select id from t;
create materialized view of_part as select count(*) as n from p;
create materialized view by_function as select half(k) as h from p;
create materialized view same as select k, min(a) as a from p group by k;
create materialized view not_filled as select now() as t with no data;
truncate t;
delete from p1 where a = 'y';
create or replace function half(int) returns int language sql immutable as 'select $1 * 2';
