-- schema_added.sql: a schema that was not dumped.
--
-- Who       anyone who may create objects in the database
-- Caught by record/invariant/schemas
create schema smuggled;
