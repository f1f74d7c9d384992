-- 90-row-type-of-a-child: values of a child's row type, whose columns come back in another order: every value changes.
--
-- Restore   fails tables: table=audit
create table person (id int);
create table employee (salary int) inherits (person);
alter table person add column age int;
create table audit (n int primary key, old_row employee, rows employee[]);
insert into employee (id, salary, age) values (1, 5000, 33);
insert into audit select 1, e, array[e] from employee e;
create function cheap(employee) returns bool language sql immutable as 'select $1.salary < 100';
