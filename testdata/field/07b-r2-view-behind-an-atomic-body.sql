-- 07b-r2-view-behind-an-atomic-body: nor does pg_dump follow the references of a begin atomic body.
--
-- Majors    14
-- Restore   error: "a first" reads z_second through a function
-- Names     the materialized view public."a first" cannot be restored: it reads public.z_second through the function
create materialized view public.z_second as select 1 as d;
create function public.f_sum() returns bigint language sql stable begin atomic select sum(d) from public.z_second; end;
create materialized view public."a first" as select public.f_sum() as s;
