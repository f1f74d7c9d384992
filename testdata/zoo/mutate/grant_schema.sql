-- grant_schema.sql: zoo_text: everybody may create objects in it no more
-- Caught by  privileges
revoke create on schema zoo_text from public;
