-- 90-r1-deep-in-other-types: the same, in a domain over an array of a composite with a range over the row type.
--
-- Restore   fails tables: table=deep
create table person (id int);
create table employee (salary int) inherits (person);
alter table person add column age int;
create type span as range (subtype = employee);
create type part as (name text, spans span[]);
create domain parts as part[];
create table deep (n int primary key, p parts);
insert into deep values (1, array[null, row('x', array[span(row(1, 5000, 33)::employee, row(2, 1, 1)::employee), 'empty', null])::part]);
create table shallow (n int primary key, p parts);
insert into shallow values (1, null), (2, '{}'), (3, array[null, row('x', null)::part]), (4, array[row('', '{empty}')::part]);
