-- boundary_moved.sql: the last letter of one field moves to the front of the next: the fields joined
-- together read the same.
--
-- Who       the table's owner, who can disable its triggers
-- Caught by first_break_id
alter table public.audit_events disable trigger all;

update public.audit_events set resource_type = 'certificat', resource_id = 'e' || resource_id where seq = 9;

alter table public.audit_events enable always trigger audit_events_append_only;

alter table public.audit_events enable always trigger audit_events_link;
