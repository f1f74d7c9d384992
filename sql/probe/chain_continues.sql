-- chain_continues.sql: the next event continues the chain from the restored head.
--
-- Does     inserts two events, and a third under session_replication_role = replica where the role
--          may set it
-- Prints   fault text: an event that does not continue the chain
-- Healthy  no rows
create temporary table head_before as
select coalesce(max(seq), 0) as seq, (array_agg(row_hash order by seq desc))[1] as row_hash
from public.audit_events;

create function pg_temp.try_insert(id text) returns text
language plpgsql
as $$
begin
    insert into public.audit_events (id, actor, actor_type, action, resource_type, resource_id)
    values (id, 'probe', 'service', 'probe.insert', 'probe', id);
    return null;
exception
    when others then
        return 'an ordinary insert is refused: ' || sqlerrm;
end
$$;

create function pg_temp.try_insert_as_replica(id text) returns text
language plpgsql
as $$
begin
    perform set_config('session_replication_role', 'replica', true);
    return 'as replica, ' || pg_temp.try_insert(id);
exception
    when insufficient_privilege then
        return null; -- a role that may not set it cannot bypass the trigger that way
end
$$;

create temporary table tried as
select pg_temp.try_insert('probe-' || n) as fault
from generate_series(1, 2) as n;

insert into tried
select pg_temp.try_insert_as_replica('probe-3');

select fault
from (
    select fault from tried where fault is not null
    union all
    select 'event ' || n || ' has seq ' || coalesce(event.seq::text, 'null') || ', not ' || head.seq + n
    from head_before as head
    cross join generate_series(1, 2) as n
    left join public.audit_events as event on event.id = 'probe-' || n
    where (event.seq = head.seq + n) is not true
    union all
    select 'event 1 does not link to the head'
    from head_before as head
    left join public.audit_events as event on event.id = 'probe-1'
    where event.prev_hash is distinct from head.row_hash
    union all
    select 'event 2 does not link to event 1'
    from (select count(*) from tried) as both_tried
    left join public.audit_events as first on first.id = 'probe-1'
    left join public.audit_events as second on second.id = 'probe-2'
    where (second.prev_hash = first.row_hash) is not true
    union all
    select 'event ' || n || ' has a row_hash that is not the SHA-256 of its payload'
    from generate_series(1, 2) as n
    left join public.audit_events as event on event.id = 'probe-' || n
    where (encode(sha256(convert_to(format(
        'audit_events/1 seq=%s prev_hash=%L id=%L actor=%L actor_type=%L action=%L'
        ' resource_type=%L resource_id=%L event_category=%L timestamp=%s details=%s',
        event.seq, event.prev_hash, event.id, event.actor, event.actor_type, event.action,
        event.resource_type, event.resource_id, event.event_category,
        to_char(event."timestamp" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        event.details
    ), 'UTF8')), 'hex') = event.row_hash) is not true
) as faults
order by fault collate "C";
