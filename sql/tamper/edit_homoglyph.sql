-- edit_homoglyph.sql: a Cyrillic letter that looks the same.
--
-- Who       the table's owner, who can disable its triggers
-- Caught by first_break_id
alter table public.audit_events disable trigger all;

update public.audit_events set actor = replace(actor, 'e', U&'\0435') where seq = 3;

alter table public.audit_events enable always trigger audit_events_append_only;

alter table public.audit_events enable always trigger audit_events_link;
