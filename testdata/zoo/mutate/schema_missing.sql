-- schema_missing.sql: zoo_bare: gone.
-- Caught by  schemas, privileges
drop schema zoo_bare;
