-- function_missing.sql: zoo.backslashes(): gone, while the three namesakes zoo.add stand.
-- Caught by  functions
drop function zoo.backslashes();
