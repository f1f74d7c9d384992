-- schema_missing.sql: zoo_bare: gone.
-- Caught by  schemas
drop schema zoo_bare;
