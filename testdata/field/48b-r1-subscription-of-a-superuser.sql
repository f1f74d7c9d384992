-- 48b-r1-subscription-of-a-superuser: a superuser's dump has it.
create subscription subs connection 'host=x password=sub-secret-1 dbname=y' publication p with (connect = false, enabled = false, slot_name = none);
