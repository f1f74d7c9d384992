-- type_added.sql: a type that was not dumped.
--
-- Who       anyone who may create objects in the database
-- Caught by record/invariant/types
create type public.smuggled as enum ('a', 'b');
