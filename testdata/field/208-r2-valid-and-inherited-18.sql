-- 208-r2-valid-and-inherited-18: valid ones keep their names, and so do those of inheritance children.
--
-- Majors    18
-- Unnamed   the name of the not null constraint
create table p (a int constraint c not null) partition by list (a);
create table p3 (a int constraint nn3 not null);
alter table p attach partition p3 for values in (3);
create table i (a int);
alter table i add constraint ci not null a not valid;
create table j (b int) inherits (i);
insert into p values (3);
