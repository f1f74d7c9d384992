-- grant_large_object.sql: 910002: everybody may write it
-- Caught by  privileges
grant update on large object 910002 to public;
