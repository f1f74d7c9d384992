-- 45-r4-partition: from 15 on pg_dump writes a statement for it that fails in every restore.
--
-- Majors    15
-- Dump      refused: table public.p2: the triggers that enforce its foreign keys
create table target (id int primary key);
create table p (id int, t int, constraint toward foreign key (t) references target) partition by range (id);
create table p1 partition of p for values from (0) to (10);
create table p2 partition of p for values from (10) to (20);
insert into target values (1);
insert into p values (1, 1), (11, 1);
alter table p2 disable trigger all;
