-- 302-r1-triggers-of-partitions: the copies of a row trigger on partitions are marked internal up to 14, and are created again.
--
-- Unnamed   the internal trigger
create table p (id int, k int) partition by list (k);
create table p1 partition of p for values in (1);
create table p2 partition of p for values in (2) partition by list (id);
create table p21 partition of p2 for values in (1);
create function f() returns trigger language plpgsql as 'begin return new; end';
create trigger each after insert on p for each row execute function f();
alter table p21 disable trigger each;
alter table p1 enable always trigger each;
