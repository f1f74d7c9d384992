-- 45-internal-trigger-state: the state of the triggers that enforce foreign keys is in no archive.
--
-- Names     constraint b_a_fkey on public.b checked at public.a is disabled
-- Names     constraint a_b_fkey on public.a checked at public.a is disabled
-- Names     constraint c_a_fkey on public.c checked at public.c is disabled
-- To        newer
create table a (id int primary key, b int);
create table b (id int primary key, a int references a deferrable initially deferred);
alter table a add foreign key (b) references b;
insert into b values (1, null);
insert into a values (1, 1);
alter table a disable trigger all;
create table c (id int primary key, a int references a);
alter table c disable trigger all;
