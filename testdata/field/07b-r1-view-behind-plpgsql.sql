-- 07b-r1-view-behind-plpgsql: the same in PL/pgSQL, with schema-qualified names.
--
-- Restore   error: public."A first" reads z_second through a function
create materialized view public.z_second as select 1 as d;
create function public.f_sum() returns bigint language plpgsql stable as 'begin return (select sum(d) from public.z_second); end';
create materialized view public."A first" as select public.f_sum() as s;
