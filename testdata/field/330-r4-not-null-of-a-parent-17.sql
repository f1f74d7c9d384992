-- 330-r4-not-null-of-a-parent-17: before 18 a parent can refuse nulls that its child allows, and a restore creates the child like the parent.
--
-- Majors    13-17
-- To        newer
-- Names     the missing NOT NULL of the column a of public.child
-- Names     the missing NOT NULL of the column a of public.grandchild
-- Unnamed   of public.strict
create table parent (a int, b text);
create table child () inherits (parent);
create table grandchild () inherits (child);
create table strict () inherits (parent);
alter table only parent alter column a set not null;
alter table strict alter column a set not null;
insert into grandchild values (1, 'b');
