-- materialized_view_added.sql: a materialized view that was not dumped.
--
-- Who       anyone who may create objects in the database
-- Caught by record/invariant/materialized_views
create materialized view public.smuggled as
select 1 as one;
