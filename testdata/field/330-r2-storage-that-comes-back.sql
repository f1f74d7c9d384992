-- 330-r2-storage-that-comes-back: partitions are attached, and a child with its parent's storage, or with another one, loses nothing.
--
-- Unnamed   the storage of
create table parent (a int, b text, c text);
create table child () inherits (parent);
alter table parent alter column b set storage external;
alter table only child alter column c set storage main;
create table root (a int, b text) partition by list (a);
create table part partition of root for values in (1);
alter table only root alter column b set storage external;
alter table part alter column b set storage main;
insert into child values (1, 'b', 'c');
insert into root values (1, 'b');
