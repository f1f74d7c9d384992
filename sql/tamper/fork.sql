-- fork.sql: two rows that follow the same row, each with a true hash.
--
-- Who       the table's owner, who can disable its triggers and drop its constraints
-- Caught by first_break_id
alter table public.audit_events disable trigger all;

alter table public.audit_events drop constraint audit_events_pkey;

insert into public.audit_events
select fork.*
from (
    select (jsonb_populate_record(event, '{"id": "evt-fork"}')).*
    from public.audit_events as event
    where seq = 10
) as fork;

update public.audit_events as fork
set row_hash = encode(sha256(convert_to(format(
        'audit_events/1 seq=%s prev_hash=%L id=%L actor=%L actor_type=%L action=%L'
        ' resource_type=%L resource_id=%L event_category=%L timestamp=%s details=%s',
        fork.seq, fork.prev_hash, fork.id, fork.actor, fork.actor_type, fork.action,
        fork.resource_type, fork.resource_id, fork.event_category,
        to_char(fork."timestamp" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        fork.details
    ), 'UTF8')), 'hex')
where id = 'evt-fork';

alter table public.audit_events enable always trigger audit_events_append_only;

alter table public.audit_events enable always trigger audit_events_link;
