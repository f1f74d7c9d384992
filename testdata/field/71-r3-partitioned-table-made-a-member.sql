-- 71-r3-partitioned-table-made-a-member: the rows are in its partition, which is a member, too.
--
-- Dump      refused: table public.p: it was made a member of the extension plpgsql
create table p (id int) partition by range (id);
create table p1 partition of p for values from (0) to (10);
insert into p values (1);
alter extension plpgsql add table p;
alter extension plpgsql add table p1;
