-- function_security.sql: zoo.with_settings(integer): runs with the rights of its caller.
-- Caught by  functions
alter function zoo.with_settings(integer) security invoker;
