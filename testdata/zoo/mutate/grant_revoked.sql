-- grant_revoked.sql: zoo.checks: a right is gone
-- Caught by  privileges
revoke delete on zoo.checks from public;
