-- language_added.sql: a language that was not dumped.
--
-- Who       a superuser
-- Caught by record/invariant/languages
create language smuggled handler plpgsql_call_handler;
