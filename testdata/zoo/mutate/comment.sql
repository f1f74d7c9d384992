-- comment.sql: zoo.mood: one character.
-- Caught by  comments
comment on type zoo.mood is 'Ordered as felt!';
