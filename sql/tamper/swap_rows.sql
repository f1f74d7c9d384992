-- swap_rows.sql: two rows swapped.
--
-- Who       the table's owner, who can disable its triggers
-- Caught by first_break_id
alter table public.audit_events disable trigger all;

update public.audit_events set seq = 1000 where seq = 8;

update public.audit_events set seq = 8 where seq = 9;

update public.audit_events set seq = 9 where seq = 1000;

alter table public.audit_events enable always trigger audit_events_append_only;

alter table public.audit_events enable always trigger audit_events_link;
