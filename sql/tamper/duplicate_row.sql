-- duplicate_row.sql: a row stored twice.
--
-- Who       the table's owner, who can disable its triggers and drop its constraints
-- Caught by first_break_id
alter table public.audit_events disable trigger all;

alter table public.audit_events drop constraint audit_events_pkey;
alter table public.audit_events drop constraint audit_events_id_is_unique;

insert into public.audit_events
select * from public.audit_events where seq = 10;

alter table public.audit_events enable always trigger audit_events_append_only;

alter table public.audit_events enable always trigger audit_events_link;
