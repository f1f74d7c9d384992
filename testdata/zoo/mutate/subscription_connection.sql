-- subscription_connection.sql: zoo_subscription: another database.
-- Caught by  subscriptions
alter subscription zoo_subscription connection 'host=/nonexistent dbname=elsewhere user=nobody';
