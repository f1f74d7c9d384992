-- subscription_timeout_needs19.sql: zoo_by_server: its wal_receiver_timeout.
-- Caught by  subscriptions
alter subscription zoo_by_server set (wal_receiver_timeout = '91s');
