-- subscription_server_needs19.sql: zoo_by_server: a connection string instead of a server.
-- Caught by  subscriptions
alter subscription zoo_by_server connection 'host=/nonexistent';
