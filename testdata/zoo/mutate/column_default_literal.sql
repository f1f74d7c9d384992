-- column_default_literal.sql: zoo.defaults.words: one character of a default.
-- Caught by  columns
alter table zoo.defaults alter column words set default E'it''s "a" \\ b\n$1 %d;';
