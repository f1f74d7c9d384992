-- 90-r6-row-type-of-a-view: values of the row types of a view, a partition that was attached, a typed table and a foreign table.
--
-- To        newer
create table base (id int primary key, name text, n int);
create view v as select n, id, name from base;
create table p (a int, b text, c int) partition by list (a);
create table p1 (c int, gone int, b text, a int);
alter table p1 drop column gone;
alter table p attach partition p1 for values in (1);
create type ty as (q int, r text);
create table typed of ty (primary key (q));
create table t (id int primary key, v v, p p1, ps p1[], ty typed, root p);
insert into p values (1, 'x', 3);
insert into t select 1, row(3, 1, 'x')::v, p1, array[p1], row(1, 'r')::typed, row(1, 'x', 3)::p from p1;
create table par (a int);
create table chi (b int) inherits (par);
create table held (id int primary key, r chi default '(1,2)', check (r <> row(1, 3)::chi));
create view again as select '(3,4)'::chi as r, null::chi as nothing;
insert into held values (1);
