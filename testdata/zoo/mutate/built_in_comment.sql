-- built_in_comment.sql: pg_catalog.sha224: another comment.
-- Caught by  altered_objects
comment on function pg_catalog.sha224(bytea) is 'ours';
