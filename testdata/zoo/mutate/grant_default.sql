-- grant_default.sql: zoo on tables: another right on tables to come
-- Caught by  privileges
alter default privileges in schema zoo grant insert on tables to public;
