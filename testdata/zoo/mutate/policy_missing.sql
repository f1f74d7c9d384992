-- policy_missing.sql: zoo.policies_asleep.asleep: gone.
-- Caught by  policies
drop policy asleep on zoo.policies_asleep;
