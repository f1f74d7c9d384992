-- grant_sequence.sql: zoo.turning: a right is gone
-- Caught by  privileges
revoke update on sequence zoo.turning from public;
