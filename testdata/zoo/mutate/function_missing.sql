-- function_missing.sql: zoo.add(text, text) has two namesakes; zoo.backslashes() is gone.
-- Caught by  functions
drop function zoo.backslashes();
