-- collation_added.sql: a collation that was not dumped.
--
-- Who       anyone who may create objects in the database
-- Caught by record/invariant/collations
create collation public.smuggled (locale = 'C');
