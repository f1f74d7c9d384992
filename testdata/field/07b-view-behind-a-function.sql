-- 07b-view-behind-a-function: pg_dump cannot see what a function's body reads, and refreshes in the wrong order.
--
-- Restore   error: public.a_first reads z_second through a function, which pg_dump cannot see
-- Names     the materialized view public.a_first cannot be restored: it reads public.z_second through the function public.f_sum()
create table base (id int primary key, v int);
insert into base values (1, 2), (2, 3);
create materialized view public.z_second as select id, v * 2 as d from public.base;
create function public.f_sum() returns bigint language sql stable as 'select sum(d) from public.z_second';
create materialized view public.a_first as select public.f_sum() as s;
