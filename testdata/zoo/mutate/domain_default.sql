-- domain_default.sql: zoo.posint: its default.
-- Caught by  types
alter domain zoo.posint set default 2;
