-- 97-r3-constraint-that-was-validated: then the child's is valid on both sides; one with no inherit is the parent's alone.
create table parent (n int, m int);
alter table parent add constraint positive check (n > 0) not valid;
alter table parent add constraint own check (m > 0) no inherit not valid;
create table child () inherits (parent);
alter table parent validate constraint positive;
