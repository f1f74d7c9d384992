-- 207-r2-default-privileges-on-types: the multirange has them, too, and pg_dump does not carry them.
--
-- Majors    14-16
-- Names     grants on the multirange type public.r_multirange
alter default privileges revoke usage on types from public;
create type r as range (subtype = int);
create domain d as int;
