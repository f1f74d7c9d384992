-- grant_column.sql: zoo.texts.free: a right on one column is gone
-- Caught by  privileges
revoke update (free) on zoo.texts from public;
