-- 208-r3-not-valid-on-a-tree-18: constraints of a partitioned table that are not valid in some partitions, validated in others, under names that were changed.
--
-- Majors    18
create table p (a int, b int) partition by range (a);
create table p1 partition of p for values from (0) to (10);
create table p2 partition of p for values from (10) to (20) partition by list (b);
create table p21 partition of p2 for values in (1);
insert into p values (1, 1), (11, 1);
alter table p add constraint nb not null b not valid;
alter table p1 validate constraint nb;
alter table p add constraint positive check (a >= 0) not valid;
alter table p21 validate constraint positive;
alter table p rename constraint nb to "not null b";
