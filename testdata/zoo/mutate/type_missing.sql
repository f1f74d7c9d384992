-- type_missing.sql: zoo.spare: a domain that nothing uses is gone.
-- Caught by  types
drop domain zoo.spare;
