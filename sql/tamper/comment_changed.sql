-- comment_changed.sql: the table's comment describes something else.
--
-- Who       the table's owner
-- Caught by record/invariant/comments
comment on table public.audit_events is 'Scratch data.';
