-- comment_extra.sql: zoo.backslashes(): one that was not in the dump.
-- Caught by  comments
comment on function zoo.backslashes() is '';
comment on function zoo.backslashes() is 'New.';
