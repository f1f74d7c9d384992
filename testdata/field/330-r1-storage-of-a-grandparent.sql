-- 330-r1-storage-of-a-grandparent: the same two levels down, and for a column that the child declares itself.
--
-- Names     the storage of the column b of public.grandchild
-- Names     the storage of the column b of public.own
-- Unnamed   of public.other
-- Unnamed   the storage of the column d
create table parent (a int, b text, d jsonb);
create table child () inherits (parent);
create table grandchild () inherits (child);
create table own (b text, x int) inherits (parent);
create table other () inherits (parent);
alter table only parent alter column b set storage external;
alter table only other alter column b set storage main;
insert into grandchild values (1, 'b', '{}');
