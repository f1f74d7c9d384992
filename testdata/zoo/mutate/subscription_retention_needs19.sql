-- subscription_retention_needs19.sql: zoo_retains: how long it keeps what was deleted.
-- Caught by  subscriptions
alter subscription zoo_retains set (max_retention_duration = 6000);
