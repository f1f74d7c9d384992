-- schema.sql: zoo_extra: one that was not in the dump.
-- Caught by  schemas
create schema zoo_extra;
