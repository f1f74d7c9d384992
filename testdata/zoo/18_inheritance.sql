-- 18_inheritance.sql: inheritance, typed tables, dropped columns.
--
-- Holds    children that come back with another column order, although their rows have not changed
create table zoo_part.parent (id integer not null, name text default 'parent');
create table zoo_part.child (extra integer, constraint child_extra check (extra > 0)) inherits (zoo_part.parent);
create table zoo_part.grandchild (more text) inherits (zoo_part.child);
alter table zoo_part.parent add column late timestamptz default '2024-01-01 00:00:00+00'; -- last in the child, third in a restore
alter table zoo_part.parent add constraint parent_id check (id > 0);
alter table zoo_part.parent add constraint parent_only check (id < 100) no inherit;
alter table zoo_part.child alter column name set default 'child';
alter table zoo_part.grandchild alter column extra drop default;
insert into zoo_part.parent values (1, default, default), (2, null, null);
insert into zoo_part.child (id, name, extra) values (101, default, 1), (102, '', null);
insert into zoo_part.grandchild (id, name, extra, more) values (201, 'g', 1, 'm'), (202, null, null, '');

-- Two parents with one column in common.
create table zoo_part.left_parent (shared integer, l text);
create table zoo_part.right_parent (shared integer not null, r text);
create table zoo_part.both_child (own integer) inherits (zoo_part.left_parent, zoo_part.right_parent);
create table zoo_part.two_parents (shared integer, l text, r text) inherits (zoo_part.left_parent, zoo_part.right_parent);
insert into zoo_part.both_child (shared, l, r, own) values (1, 'l', 'r', 2);

-- A child that was attached later and has its columns in another order.
create table zoo_part.late_child (extra text, name text, id integer not null, late timestamptz);
alter table zoo_part.late_child add constraint parent_id check (id > 0);
alter table zoo_part.late_child inherit zoo_part.parent;
insert into zoo_part.late_child values ('x', 'late', 301, null);

-- A former child.
create table zoo_part.was_child () inherits (zoo_part.parent);
insert into zoo_part.was_child values (401, 'free', null);
alter table zoo_part.was_child no inherit zoo_part.parent;

-- Dropped columns: in the middle, at the end, and all of them.
create table zoo_part.dropped (a integer, b text, c integer, d text);
insert into zoo_part.dropped values (1, 'b', 2, 'd');
alter table zoo_part.dropped drop column b, drop column d;
alter table zoo_part.dropped add column b numeric(5, 2) default 1.50;
insert into zoo_part.dropped values (3, 4, 9.90);
create table zoo_part.all_dropped (a integer, b text);
insert into zoo_part.all_dropped values (1, 'x'), (2, 'y');
alter table zoo_part.all_dropped drop column a, drop column b;
create table zoo_part.dropped_parent (a integer, gone text, b text);
create table zoo_part.dropped_child (c integer) inherits (zoo_part.dropped_parent);
alter table zoo_part.dropped_parent drop column gone;
insert into zoo_part.dropped_child values (1, 'b', 2);

-- A column that was added with a default is not written into the old rows.
create table zoo_part.fast_default (id integer primary key);
insert into zoo_part.fast_default values (1), (2);
alter table zoo_part.fast_default add column note text default 'from the catalog';
alter table zoo_part.fast_default alter column note set default 'for new rows';
insert into zoo_part.fast_default values (3, default), (4, null);

create table zoo_part.typed of zoo.pair (a with options primary key, b default 'typed');
insert into zoo_part.typed values (1, default), (2, '');

create table zoo_part.copied (like zoo_part.child including all, own integer);
insert into zoo_part.copied (id, extra, own) values (1, 2, 3);

comment on table zoo_part.child is 'Its columns change their order in a restore.';
comment on column zoo_part.child.late is 'Inherited late.';
