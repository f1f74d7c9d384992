-- 205-comment-of-a-dropped-subscription: PostgreSQL keeps the comment's row after the drop.
--
-- To        newer
create subscription s connection 'dbname=x' publication p with (connect = false, slot_name = none);
comment on subscription s is 'c';
drop subscription s;
