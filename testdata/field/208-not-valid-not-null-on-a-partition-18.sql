-- 208-not-valid-not-null-on-a-partition-18: the constraint comes back under its parent's name.
--
-- Majors    18
-- Names     the name of the not null constraint nn3 of the partition public.p3
create table p (a int) partition by list (a);
alter table p add constraint c not null a not valid;
create table p3 (a int);
alter table p3 add constraint nn3 not null a not valid;
alter table p attach partition p3 for values in (3);
