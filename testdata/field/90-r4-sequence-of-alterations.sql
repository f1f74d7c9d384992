-- 90-r4-sequence-of-alterations: a type in a type, and a row type of a grandchild with two parents.
--
-- Restore   fails tables: table=log
create table a (x text);
create table b (y text);
create table c (z text) inherits (a, b);
create table d () inherits (c);
alter table a add column late text;
create type inside as (row d, note text);
create table log (n int, i inside);
insert into log values (1, row(row('x', 'y', 'z', 'l')::d, 'note'));
