-- transform_added.sql: a transform that was not dumped.
--
-- Who       a superuser
-- Caught by record/invariant/transforms
create function public.smuggled(internal) returns internal
language internal immutable strict
as 'textout';

create transform for text language plpgsql (from sql with function public.smuggled(internal));
