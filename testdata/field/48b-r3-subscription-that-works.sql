-- 48b-r3-subscription-that-works: enabled at the source, with options; an archive holds it disabled, and its progress not at all.
--
-- Names     that the subscription subs is enabled, and how far it has come
create subscription subs connection 'host=/nonexistent dbname=x' publication p, "Q r" with (connect = false, slot_name = 'slot_of_mine', synchronous_commit = 'remote_apply');
alter subscription subs enable;
comment on subscription subs is 'works';
