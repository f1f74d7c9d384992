-- rewrite_chain.sql: the whole chain written again: it verifies clean, and only a record kept
-- elsewhere reveals it.
--
-- Who       the table's owner, who can disable its triggers
-- Caught by chain_head_hash
alter table public.audit_events disable trigger all;

update public.audit_events set actor = 'nobody@example.com' where seq = 1;

do $$
declare
    event public.audit_events;
    head text := (select row_hash from public.audit_events where seq = 1 - 1);
begin
    for event in select * from public.audit_events where seq >= 1 order by seq loop
        event.prev_hash := head;
        head := encode(sha256(convert_to(format(
            'audit_events/1 seq=%s prev_hash=%L id=%L actor=%L actor_type=%L action=%L'
            ' resource_type=%L resource_id=%L event_category=%L timestamp=%s details=%s',
            event.seq, event.prev_hash, event.id, event.actor, event.actor_type, event.action,
            event.resource_type, event.resource_id, event.event_category,
            to_char(event."timestamp" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            event.details
        ), 'UTF8')), 'hex');
        update public.audit_events set prev_hash = event.prev_hash, row_hash = head where seq = event.seq;
    end loop;
end
$$;

alter table public.audit_events enable always trigger audit_events_append_only;

alter table public.audit_events enable always trigger audit_events_link;
