-- function_settings.sql: zoo.with_settings(integer): one setting.
-- Caught by  functions
alter function zoo.with_settings(integer) set work_mem = '8MB';
