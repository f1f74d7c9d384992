-- type_missing.sql: zoo.spare: a domain that nothing uses is gone.
-- Caught by  types, privileges
drop domain zoo.spare;
