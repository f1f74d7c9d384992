-- 07b-r3-view-in-the-right-order: sorted by name the views come in the right order, so there is nothing to warn about.
--
-- Unnamed   cannot be restored
create materialized view public.a_first as select 1 as d;
create function public.f_sum() returns bigint language sql stable as 'select sum(d) from public.a_first';
create materialized view public.z_second as select public.f_sum() as s;
