-- 90-r3-row-types-made-again: values of a row type that comes back in another order, if the restore computes them again: each is right.
create table person (id int);
create table employee (salary int) inherits (person);
alter table person add column age int;
insert into employee (id, salary, age) values (1, 5000, 33), (2, 7, null);
create materialized view rows as select e, array[e, null] as list from employee as e;
