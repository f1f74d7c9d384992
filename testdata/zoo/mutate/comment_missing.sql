-- comment_missing.sql: zoo.far_away.note: gone.
-- Caught by  comments
comment on column zoo.far_away.note is null;
