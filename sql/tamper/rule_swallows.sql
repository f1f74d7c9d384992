-- rule_swallows.sql: a rule that makes every INSERT do nothing.
--
-- Who       the table's owner
-- Caught by record/invariant/rules
create rule audit_events_swallow as on insert to public.audit_events do instead nothing;
