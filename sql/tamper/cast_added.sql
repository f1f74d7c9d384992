-- cast_added.sql: a cast that was not dumped.
--
-- Who       a superuser
-- Caught by record/invariant/casts
create type public.smuggled as enum ('a');

create cast (public.smuggled as integer) with inout;
