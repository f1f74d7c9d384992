-- 202-audit-events-of-another-shape: a table with the name of the default chain, but another shape.
--
-- Names     snapshot.sql (public.audit_events is not the audit chain: it lacks 11 of the chain's 12 columns, the first is seq bigint)
-- To        newer
create table audit_events (id int primary key, actor text, hash bytea);
insert into audit_events values (1, 'a', '\x00');
