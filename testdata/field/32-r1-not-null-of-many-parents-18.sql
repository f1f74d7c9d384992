-- 32-r1-not-null-of-many-parents-18: names, inheritance and validity of not-null constraints with two parents, after attach, detach and rename.
--
-- Majors    18
create table a (x int constraint ax not null, y int);
create table b (x int constraint bx not null no inherit, z int not null);
create table c (x int) inherits (a);
create table d (constraint dz not null z) inherits (a, b);
alter table a alter column x drop not null;
alter table a add constraint again not null x not valid;
alter table d inherit c;
alter table a rename constraint again to "A gain";
create table p (k int not null, v int not null) partition by list (k);
create table p1 (k int constraint k1 not null, v int constraint v1 not null);
alter table p attach partition p1 for values in (1);
create table p2 (v int constraint v2 not null, k int constraint k2 not null);
alter table p attach partition p2 for values in (2);
alter table p detach partition p2;
alter table p2 alter constraint v2 no inherit;
create table l (like d including constraints);
insert into p values (1, 1);
insert into d values (1, 1, 1);
