-- refilled.sql: the table emptied and filled again through the trigger, with one row changed: the
-- new chain verifies clean.
--
-- Who       the table's owner, who can disable its triggers
-- Caught by chain_head_hash
create temporary table copy_of_events as
select * from public.audit_events;

alter table public.audit_events disable trigger all;

truncate public.audit_events;

alter table public.audit_events enable always trigger audit_events_append_only;

alter table public.audit_events enable always trigger audit_events_link;

insert into public.audit_events
    (id, actor, actor_type, action, resource_type, resource_id, details, event_category, "timestamp")
select
    id, case seq when 7 then 'nobody@example.com' else actor end, actor_type, action,
    resource_type, resource_id, details, event_category, "timestamp"
from copy_of_events
order by seq;

drop table copy_of_events;
