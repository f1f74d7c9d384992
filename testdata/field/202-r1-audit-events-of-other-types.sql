-- 202-r1-audit-events-of-other-types: every name is right, and two types are not.
--
-- Names     it lacks 2 of the chain's 12 columns, the first is seq bigint
create table audit_events (seq numeric primary key, id text, actor text, actor_type text, action text, resource_type text,
    resource_id text, details jsonb, event_category text, "timestamp" timestamp, prev_hash text, row_hash text);
insert into audit_events (seq) values (1);
