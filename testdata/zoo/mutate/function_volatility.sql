-- function_volatility.sql: zoo.bounds(anyrange): stable.
-- Caught by  functions
alter function zoo.bounds(anyrange) stable;
