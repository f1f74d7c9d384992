-- 31-not-null-name-collides: PostgreSQL 18 names not-null constraints, and a check constraint already has such a name.
--
-- Majors    13-17
-- To        newer
-- On        18: error: alter table t rename constraint t_i_not_null to another name
create table t (i int not null);
alter table t add constraint t_i_not_null check ((i is not null)) not valid;
insert into t values (1);
