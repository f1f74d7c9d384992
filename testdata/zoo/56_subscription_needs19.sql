-- 56_subscription_needs19.sql: subscriptions as PostgreSQL 19 knows them; see 41_subscription.sql.
--
-- Holds    one that a foreign server connects, one that keeps what was deleted
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
