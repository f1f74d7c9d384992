-- 39-r4-rows-that-broke-their-laws: a foreign key that was violated while triggers were off.
--
-- Restore   error: they were changed with triggers turned off
create table a (id int primary key);
create table b (id int primary key, a int references a);
insert into a values (1);
insert into b values (1, 1);
set session_replication_role = replica;
delete from a;
