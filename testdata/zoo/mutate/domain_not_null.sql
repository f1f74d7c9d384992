-- domain_not_null.sql: zoo.odd_default: not null.
-- Caught by  types
alter domain zoo.odd_default set not null;
