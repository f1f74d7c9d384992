-- edit_actor.sql: another actor.
--
-- Who       the table's owner, who can disable its triggers
-- Caught by first_break_id, record/canonical_payload
alter table public.audit_events disable trigger all;

update public.audit_events set actor = 'nobody@example.com' where seq = 7;

alter table public.audit_events enable always trigger audit_events_append_only;

alter table public.audit_events enable always trigger audit_events_link;
