-- text_search_added.sql: a text search configuration that was not dumped.
--
-- Who       anyone who may create objects in the database
-- Caught by record/invariant/text_search
create text search configuration public.smuggled (copy = pg_catalog.simple);
