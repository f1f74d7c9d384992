-- 04-r2-key-of-partitions: a partition key that calls a function which needs a search_path.
--
-- Restore   error: helper
set check_function_bodies = off;
create function bucket(int) returns int language sql immutable as 'select helper($1) % 2';
create function helper(int) returns int language sql immutable as 'select $1 + 1';
create table item (id int, t text) partition by list (bucket(id));
create table item_even partition of item for values in (0);
create table item_odd partition of item for values in (1);
insert into item values (1, 'a'), (2, 'b');
