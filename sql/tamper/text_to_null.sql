-- text_to_null.sql: an actor becomes NULL.
--
-- Who       the table's owner, who can disable its triggers and drop its constraints
-- Caught by first_break_id
alter table public.audit_events disable trigger all;

alter table public.audit_events alter column actor drop not null;

update public.audit_events set actor = null where seq = 6;

alter table public.audit_events enable always trigger audit_events_append_only;

alter table public.audit_events enable always trigger audit_events_link;
