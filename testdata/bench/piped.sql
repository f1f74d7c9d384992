-- piped.sql: a copy of the chain in the usual form of audit tables: hashes over fields joined by '|'.
--
-- Reads    public.audit_events
-- Builds   public.piped_events: the same rows with the same columns, and hashes of their own
-- Why      walk.sql walks it. Both sides of the benchmark read the same number of bytes
create table public.piped_events (like public.audit_events including defaults);

do $$
declare
    event public.audit_events;
    last_hash text;
begin
    for event in select * from public.audit_events order by seq loop
        event.prev_hash := last_hash;
        event.row_hash := encode(sha256(convert_to(
            coalesce(event.prev_hash, '') || '|' || event.seq || '|' || event.id || '|' || event.actor
            || '|' || event.actor_type || '|' || event.action || '|' || event.resource_type
            || '|' || event.resource_id || '|' || event.details::text || '|' || event.event_category
            || '|' || to_char(event."timestamp" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            'UTF8'
        )), 'hex');
        last_hash := event.row_hash;
        insert into public.piped_events select event.*;
    end loop;
end
$$;

alter table public.piped_events add constraint piped_events_pkey primary key (seq);
