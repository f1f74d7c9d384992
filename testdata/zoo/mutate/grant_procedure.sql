-- grant_procedure.sql: zoo.quiet: everybody may call it
-- Caught by  privileges
grant execute on procedure zoo.quiet() to public;
