-- insert_middle.sql: a row inserted in the middle.
--
-- Who       the table's owner, who can disable its triggers and drop its constraints
-- Caught by first_break_id
alter table public.audit_events disable trigger all;

alter table public.audit_events drop constraint audit_events_pkey;

insert into public.audit_events
select (jsonb_populate_record(event, '{"id": "evt-false"}')).*
from public.audit_events as event
where seq = 10;

alter table public.audit_events enable always trigger audit_events_append_only;

alter table public.audit_events enable always trigger audit_events_link;
