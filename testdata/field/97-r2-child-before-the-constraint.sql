-- 97-r2-child-before-the-constraint: a child that was there before has it as not valid, too.
create table parent (n int);
create table child () inherits (parent);
insert into child values (-1);
alter table parent add constraint positive check (n > 0) not valid;
