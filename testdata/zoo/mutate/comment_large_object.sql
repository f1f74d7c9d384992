-- comment_large_object.sql: large object 910001.
-- Caught by  comments
comment on large object 910001 is 'No longer empty?';
