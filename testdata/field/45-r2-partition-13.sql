-- 45-r2-partition-13: at one partition a foreign key is not enforced, at the other it is.
--
-- Majors    13-14
-- Names     constraint toward on public.p checked at public.p2 is disabled
-- Unnamed   public.p1
create table target (id int primary key);
create table p (id int, t int, constraint toward foreign key (t) references target) partition by range (id);
create table p1 partition of p for values from (0) to (10);
create table p2 partition of p for values from (10) to (20);
insert into target values (1);
insert into p values (1, 1), (11, 1);
alter table p2 disable trigger all;
