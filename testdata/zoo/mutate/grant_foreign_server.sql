-- grant_foreign_server.sql: zoo_server: a right is gone
-- Caught by  privileges
revoke usage on foreign server zoo_server from public;
