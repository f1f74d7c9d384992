-- 208-r1-three-levels-18: partitions of partitions, with columns in another order.
--
-- Majors    18
-- Names     the name of the not null constraint mine of the partition public.p31
create table p (a int, b int) partition by list (a);
alter table p add constraint c not null a not valid;
create table p3 (b int, a int) partition by list (b);
alter table p3 add constraint nn3 not null a not valid;
create table p31 (a int, b int);
alter table p31 add constraint mine not null a not valid;
alter table p3 attach partition p31 for values in (1);
alter table p attach partition p3 for values in (3);
insert into p values (3, 1);
