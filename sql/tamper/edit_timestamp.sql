-- edit_timestamp.sql: a timestamp moved by one microsecond.
--
-- Who       the table's owner, who can disable its triggers
-- Caught by first_break_id
alter table public.audit_events disable trigger all;

update public.audit_events set "timestamp" = "timestamp" + interval '1 microsecond' where seq = 12;

alter table public.audit_events enable always trigger audit_events_append_only;

alter table public.audit_events enable always trigger audit_events_link;
