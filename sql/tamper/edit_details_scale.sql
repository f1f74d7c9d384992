-- edit_details_scale.sql: 90 becomes 90.0: equal for "=", but another text.
--
-- Who       the table's owner, who can disable its triggers
-- Caught by first_break_id
alter table public.audit_events disable trigger all;

update public.audit_events set details = jsonb_set(details, '{days}', '90.0') where seq = 5;

alter table public.audit_events enable always trigger audit_events_append_only;

alter table public.audit_events enable always trigger audit_events_link;
