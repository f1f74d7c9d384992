-- 31-r3-not-null-name-of-a-foreign-key: a foreign key has the name that 18 gives to the NOT NULL of another column.
--
-- Majors    13-17
-- To        newer
-- On        18: error: PostgreSQL 18 gives each not-null constraint a name
create table a (id int primary key);
create table p (k int not null, r int);
alter table p add constraint p_k_not_null foreign key (r) references a;
