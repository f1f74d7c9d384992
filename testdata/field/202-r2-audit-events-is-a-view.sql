-- 202-r2-audit-events-is-a-view: of a table of another schema.
--
-- Names     public.audit_events is not the audit chain
create schema audit;
create table audit.events (id int primary key, at timestamptz);
insert into audit.events values (1, '2026-01-01');
create view audit_events as select * from audit.events;
