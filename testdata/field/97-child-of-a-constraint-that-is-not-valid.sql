-- 97-child-of-a-constraint-that-is-not-valid: a child that is created after its parent's constraint has it valid; a dump adds
-- it to the parent when both are there, and to both as not valid.
--
-- Restore   fails constraints: of=child
-- Names     validate constraint positive on the parent
create table parent (n int);
insert into parent values (-1);
alter table parent add constraint positive check (n > 0) not valid;
create table child () inherits (parent);
insert into child values (1);
