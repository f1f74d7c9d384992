-- 205-r1-comments-of-two-subscriptions: one is dropped, the other one's comment is carried.
create subscription gone connection 'dbname=x' publication p with (connect = false, slot_name = none);
comment on subscription gone is 'dropped';
drop subscription gone;
create subscription kept connection 'dbname=x' publication p with (connect = false, slot_name = none);
comment on subscription kept is 'there';
