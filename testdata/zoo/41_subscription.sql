-- 41_subscription.sql: a subscription that never connects.
--
-- Holds    one, without a slot, disabled
-- Note     a database with a subscription cannot be dropped (SQLSTATE 55006) until the subscription is dropped; this holds for
--          the source and for every copy restored from it, hence a separate file
create subscription zoo_subscription
    connection 'host=/nonexistent dbname=nowhere user=nobody'
    publication zoo_some, "Odd ""Publication"""
    with (connect = false, slot_name = none);
comment on subscription zoo_subscription is 'Never connects.';
