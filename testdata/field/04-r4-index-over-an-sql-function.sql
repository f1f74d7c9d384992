-- 04-r4-index-over-an-sql-function: a user-defined function that finds its type through the search_path.
--
-- Majors    13-16
-- Restore   error: alter function half set search_path = ...
-- Names     the function public.half(integer) finds its names along the search_path
create function third(int) returns int language sql immutable as 'select $1 / 3';
create function public.half(int) returns int language sql immutable as 'select third($1) + $1 / 2';
create table t (id int primary key);
insert into t values (1);
create index t_half on t (half(id));
