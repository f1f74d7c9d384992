-- 97-r4-partition-of-a-constraint-that-is-not-valid: a partition keeps it valid, because a dump attaches it
-- with its own.
create table parent (n int) partition by range (n);
alter table parent add constraint positive check (n > 0) not valid;
create table first partition of parent for values from (1) to (10);
insert into parent values (1);
