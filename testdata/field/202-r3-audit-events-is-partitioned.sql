-- 202-r3-audit-events-is-partitioned: by time, with a column less than the chain has.
--
-- Names     it lacks 1 of the chain's 12 columns, the first is prev_hash text
create table audit_events (seq bigint, id text, actor text, actor_type text, action text, resource_type text, resource_id text,
    details jsonb, event_category text, "timestamp" timestamptz, row_hash text) partition by range ("timestamp");
create table audit_events_2026 partition of audit_events for values from ('2026-01-01') to ('2027-01-01');
insert into audit_events (seq, "timestamp") values (1, '2026-02-03');
