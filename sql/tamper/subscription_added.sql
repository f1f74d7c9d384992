-- subscription_added.sql: a subscription that was not dumped.
--
-- Who       a superuser
-- Caught by record/invariant/subscriptions
create subscription smuggled connection 'dbname=nowhere' publication p with (connect = false, slot_name = none);
