-- function_missing.sql: zoo.backslashes(): gone, while the three namesakes zoo.add stand.
-- Caught by  functions, privileges
drop function zoo.backslashes();
