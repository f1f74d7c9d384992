-- schema.sql: zoo_extra: one that was not in the dump.
-- Caught by  schemas, privileges
create schema zoo_extra;
