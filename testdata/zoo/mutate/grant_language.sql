-- grant_language.sql: pltwin: everybody may use it
-- Caught by  privileges
grant usage on language pltwin to public;
