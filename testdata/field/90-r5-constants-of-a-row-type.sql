-- 90-r5-constants-of-a-row-type: defaults, checks and views hold values of a type that comes back in another order.
--
-- Restore   fails types: type=c
-- Names     a constant or a row(...) of its row type holds its fields by position
create table a (id int primary key, v text);
create table b (x int, y int);
create table c (z int) inherits (a, b);
alter table a add column extra int;
create table t (id int primary key, r c default '(1,x,2,3,4,5)', check (r <> '(1,y,2,3,4,5)'::c));
create view v as select row(1, 'x', 2, 3, 4, 5)::c as r;
create table doubled (id int primary key, e c generated always as (row(id, 'x', 2 * id, 3, 4, 5)::c) stored);
