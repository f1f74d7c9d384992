-- built_in_configuration.sql: pg_catalog.english: one kind of tokens less.
-- Caught by  altered_objects
alter text search configuration pg_catalog.english drop mapping for word;
