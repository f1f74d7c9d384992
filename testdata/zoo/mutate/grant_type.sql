-- grant_type.sql: zoo.pair: everybody may use it
-- Caught by  privileges
grant usage on type zoo.pair to public;
