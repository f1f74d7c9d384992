-- grant_owner.sql: zoo.twins: its owner may insert again
-- Caught by  privileges
grant insert on zoo.twins to current_user;
