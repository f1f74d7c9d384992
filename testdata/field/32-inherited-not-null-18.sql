-- 32-inherited-not-null-18: definitions of 18 that are printed differently after they were parsed again.
--
-- Majors    18

create table notnull_tbl4 (a integer primary key initially deferred);
create table notnull_tbl4_cld () inherits (notnull_tbl4);
create table notnull_tbl4_cld2 (primary key (a) deferrable) inherits (notnull_tbl4);
create table notnull_tbl4_cld3 (primary key (a) deferrable, constraint a_nn not null a) inherits (notnull_tbl4);
create table p1 (a int not null, b int constraint bnn not null no inherit, c int);
create table c1 (constraint cown not null c) inherits (p1);
create table c2 (a int constraint mynn not null) inherits (p1);
create table g1 () inherits (c1); alter table p1 add constraint late not null c not valid;
alter table c2 alter column a set not null; alter table only p1 alter a drop not null;
create table pp (a int not null, b int, primary key (a)) partition by range (a);
create table pp1 (a int constraint weird not null, b int constraint bpart not null);
alter table pp attach partition pp1 for values from (1) to (10);
create table pp2 partition of pp for values from (10) to (20);
alter table pp2 alter b set not null;
create table loooooooooooooooooooooooooooooooooooooooooooooooooooooooooooong (aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa int not null);
create table ren (a int not null); alter table ren rename a to b; alter table ren rename to ren2;
create table t3 (a int not null); create table t3_a_not_null (x int);
create table like1 (like p1 including all);
create table like2 (like ren2);
create domain d1 as int not null; create domain d2 as text constraint named not null check (value <> '');
create table dd (a d1, b d2); insert into dd values (1,'x');
create table ident (id int generated always as identity, v int generated always as (id * 2));
insert into ident default values;
create table vg (a int, b int generated always as (a + 1), c text generated always as (a::text || 'x') stored, constraint ck check (b > 0), constraint bn not null b);
insert into vg (a) values (1),(5);
create table vgc () inherits (vg); insert into vgc(a) values (7);
create table fk1 (id int primary key); create table fk2 (id int references fk1 not enforced, check (id > 5) not enforced); insert into fk2 values (1);
create table fkp (id int) partition by range (id); create table fkp1 partition of fkp for values from (1) to (10);
alter table fkp add constraint fkne foreign key (id) references fk1 not enforced;
create table tp (id int4range, v tstzrange, primary key (id, v without overlaps)); create table tq (id int, pid int4range, v tstzrange, foreign key (pid, period v) references tp (id, period v), unique (pid, v without overlaps));
create table var (s varchar(5) check (s in ('a','b')), n int, check (n between 1 and 3 and s <> 'z')); insert into var values ('a',1);
