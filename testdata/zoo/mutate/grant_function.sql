-- grant_function.sql: zoo.is_even: everybody may call it
-- Caught by  privileges
grant execute on function zoo.is_even(integer) to public;
