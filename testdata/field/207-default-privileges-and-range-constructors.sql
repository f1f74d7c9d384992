-- 207-default-privileges-and-range-constructors: functions that a range type creates have grants that pg_dump loses.
--
-- Names     grants on the function public.r(double precision,double precision)
-- To        newer
alter default privileges revoke execute on functions from public;
create type r as range (subtype = float8);
