-- 04-r5-check-over-an-sql-function: COPY checks each row, under the search_path of a restore.
--
-- Restore   error: set search_path = ...
-- Names     the function public.is_small(integer) finds its names along the search_path
create table bounds (most int);
insert into bounds values (10);
create function public.is_small(int) returns boolean language sql stable as 'select $1 <= most from bounds';
create table t (id int check (is_small(id)));
insert into t values (1);
