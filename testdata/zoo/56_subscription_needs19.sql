-- 56_subscription_needs19.sql: subscriptions with features of PostgreSQL 19; see 41_subscription.sql.
--
-- Holds    one that connects through a foreign server, one that retains dead tuples
-- Needs    PostgreSQL 19 or newer
create subscription zoo_by_server
    server zoo_connected
    publication zoo_some
    with (connect = false, slot_name = none, wal_receiver_timeout = '90s');
create subscription zoo_retains
    connection 'host=/nonexistent dbname=nowhere user=nobody'
    publication zoo_some
    with (connect = false, slot_name = none, retain_dead_tuples = true, max_retention_duration = 5000);
comment on subscription zoo_by_server is 'Connected by a server.';
