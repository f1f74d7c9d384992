-- grant_added.sql: everyone may read the audit trail.
--
-- Who       the owner of the table
-- Caught by record/invariant/privileges
grant select on public.audit_events to public;
