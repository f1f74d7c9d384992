-- 35_privileges.sql: grants and default privileges, to PUBLIC only.
--
-- Holds    rights of each kind, granted and revoked; a dump carries them unless --no-acl leaves them out
grant usage on schema zoo to public;
grant create on schema zoo_text to public;
grant select, insert (id, free), update (free) on zoo.texts to public;
grant references, trigger, truncate, delete on zoo.checks to public;
grant usage, select, update on sequence zoo.turning to public;
grant usage on type zoo.mood to public;
revoke usage on type zoo.pair from public;
revoke execute on function zoo.is_even(integer) from public;
grant execute on function zoo.nothing() to public;
revoke execute on procedure zoo.quiet() from public;
grant usage on foreign data wrapper zoo_wrapper to public;
grant usage on foreign server zoo_server to public;
grant select on large object 910002 to public;
revoke usage on language pltwin from public;
revoke insert on zoo.twins from current_user;
alter default privileges in schema zoo grant select on tables to public;
alter default privileges in schema zoo_text grant usage on sequences to public;
alter default privileges in schema zoo_text grant execute on functions to public;
alter default privileges revoke usage on types from public;
