-- rehash_one.sql: a row edited and its own hash recomputed: the next link breaks.
--
-- Who       the table's owner, who can disable its triggers
-- Caught by first_break_id
alter table public.audit_events disable trigger all;

update public.audit_events set actor = 'nobody@example.com' where seq = 7;

update public.audit_events as event
set row_hash = encode(sha256(convert_to(format(
        'audit_events/1 seq=%s prev_hash=%L id=%L actor=%L actor_type=%L action=%L'
        ' resource_type=%L resource_id=%L event_category=%L timestamp=%s details=%s',
        event.seq, event.prev_hash, event.id, event.actor, event.actor_type, event.action,
        event.resource_type, event.resource_id, event.event_category,
        to_char(event."timestamp" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        event.details
    ), 'UTF8')), 'hex')
where seq = 7;

alter table public.audit_events enable always trigger audit_events_append_only;

alter table public.audit_events enable always trigger audit_events_link;
