-- view_added.sql: a view that was not dumped.
--
-- Who       anyone who may create objects in the database
-- Caught by record/invariant/views
create view public.smuggled as
select 1 as one;
