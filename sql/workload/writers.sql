-- writers.sql: the ways in which an application writes: many rows in one statement, several statements
-- in one transaction, a rolled-back savepoint and a rolled-back transaction.
--
-- Inserts  12 events
-- Golden   seq runs from 1 to 12: what was rolled back leaves neither a gap nor a fork
insert into public.audit_events
    (id, actor, actor_type, action, resource_type, resource_id, details, "timestamp")
values
    ('rows-1', 'batch', 'service', 'write.rows', 'writer', '1', '{"row": 1}', '2026-05-01 00:00:01+00'),
    ('rows-2', 'batch', 'service', 'write.rows', 'writer', '1', '{"row": 2}', '2026-05-01 00:00:02+00'),
    ('rows-3', 'batch', 'service', 'write.rows', 'writer', '1', '{"row": 3}', '2026-05-01 00:00:03+00');

begin;

insert into public.audit_events (id, actor, actor_type, action, resource_type, resource_id, "timestamp")
values ('statement-1', 'api', 'service', 'write.statement', 'writer', '2', '2026-05-01 00:00:04+00');

insert into public.audit_events (id, actor, actor_type, action, resource_type, resource_id, "timestamp")
values ('statement-2', 'api', 'service', 'write.statement', 'writer', '2', '2026-05-01 00:00:05+00');

savepoint before_mistake;

insert into public.audit_events (id, actor, actor_type, action, resource_type, resource_id, "timestamp")
values
    ('mistake-1', 'api', 'service', 'write.savepoint', 'writer', '2', '2026-05-01 00:00:06+00'),
    ('mistake-2', 'api', 'service', 'write.savepoint', 'writer', '2', '2026-05-01 00:00:07+00');

rollback to savepoint before_mistake;

insert into public.audit_events (id, actor, actor_type, action, resource_type, resource_id, "timestamp")
values ('after-savepoint', 'api', 'service', 'write.savepoint', 'writer', '2', '2026-05-01 00:00:08+00');

commit;

begin;

insert into public.audit_events (id, actor, actor_type, action, resource_type, resource_id, "timestamp")
values ('rolled-back', 'api', 'service', 'write.rollback', 'writer', '3', '2026-05-01 00:00:09+00');

rollback;

-- The first insert of the transaction is inside a savepoint that is rolled back.
begin;

savepoint first;

insert into public.audit_events (id, actor, actor_type, action, resource_type, resource_id, "timestamp")
values ('rolled-back', 'api', 'service', 'write.savepoint', 'writer', '4', '2026-05-01 00:00:10+00');

rollback to savepoint first;

insert into public.audit_events (id, actor, actor_type, action, resource_type, resource_id, "timestamp")
values ('second-try', 'api', 'service', 'write.savepoint', 'writer', '4', '2026-05-01 00:00:11+00');

commit;

-- A statement that fails inside a block that catches the error.
do $$
begin
    begin
        insert into public.audit_events (id, actor, actor_type, action, resource_type, resource_id, "timestamp")
        values
            ('refused', 'api', 'service', 'write.refused', 'writer', '5', '2026-05-01 00:00:12+00'),
            ('rows-1', 'api', 'service', 'write.refused', 'writer', '5', '2026-05-01 00:00:13+00');
    exception when unique_violation then
        insert into public.audit_events (id, actor, actor_type, action, resource_type, resource_id, "timestamp")
        values ('after-refusal', 'api', 'service', 'write.refused', 'writer', '5', '2026-05-01 00:00:14+00');
    end;
end
$$;

insert into public.audit_events (id, actor, actor_type, action, resource_type, resource_id, "timestamp")
select
    'select-' || n, 'batch', 'service', 'write.select', 'writer', n::text,
    timestamptz '2026-05-01 00:01:00+00' + n * interval '1 second'
from generate_series(1, 3) as n
order by n;

-- An event that brings its own position in the chain, the right one.
insert into public.audit_events
    (seq, id, actor, actor_type, action, resource_type, resource_id, "timestamp", prev_hash, row_hash)
select
    tail.seq + 1, 'brought', 'restore', 'service', 'write.brought', 'writer', '6',
    timestamptz '2026-05-01 00:02:00+00', tail.row_hash,
    encode(sha256(convert_to(format(
        'audit_events/1 seq=%s prev_hash=%L id=%L actor=%L actor_type=%L action=%L'
        ' resource_type=%L resource_id=%L event_category=%L timestamp=%s details=%s',
        tail.seq + 1, tail.row_hash, 'brought', 'restore', 'service', 'write.brought',
        'writer', '6', 'cert_lifecycle', '2026-05-01T00:02:00.000000Z', '{}'
    ), 'UTF8')), 'hex')
from (
    select seq, row_hash
    from public.audit_events
    order by seq desc
    limit 1
) as tail;
