-- 330-r3-parents-that-differ: no server creates a child of two parents that store a column of the same name in different ways.
--
-- Restore   error: make them the same
-- Names     the table public.child cannot be restored: its parents have the column b with different storage or compression
create table a (b text);
create table b (b text);
create table child () inherits (a, b);
alter table only a alter column b set storage external;
