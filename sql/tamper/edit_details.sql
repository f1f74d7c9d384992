-- edit_details.sql: one digit inside the details.
--
-- Who       the table's owner, who can disable its triggers
-- Caught by first_break_id, record/verify_chain
alter table public.audit_events disable trigger all;

update public.audit_events set details = jsonb_set(details, '{days}', '91') where seq = 5;

alter table public.audit_events enable always trigger audit_events_append_only;

alter table public.audit_events enable always trigger audit_events_link;
