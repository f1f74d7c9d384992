-- grant_foreign_data_wrapper.sql: zoo_wrapper: a right is gone
-- Caught by  privileges
revoke usage on foreign data wrapper zoo_wrapper from public;
