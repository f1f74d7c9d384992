-- 330-r5-nulls-below-a-parent-17: nulls of such a child fail in every restore.
--
-- Majors    13-17
-- Restore   error: the rows of child have nulls in a, which a parent of child does not allow
-- Names     the missing NOT NULL of the column a of public.child
create table parent (a int, b text);
create table child () inherits (parent);
alter table only parent alter column a set not null;
insert into child values (null, 'b');
