-- function_added.sql: a function that was not dumped.
--
-- Who       anyone who may create objects in the database
-- Caught by record/invariant/functions
create function public.smuggled() returns integer
language sql immutable
as 'select 1';
