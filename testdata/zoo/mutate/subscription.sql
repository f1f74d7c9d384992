-- subscription.sql: zoo_subscription: one publication less.
-- Caught by  subscriptions
alter subscription zoo_subscription set publication zoo_some with (refresh = false);
