-- 95-name-that-became-a-keyword: 17 no longer takes json as the name of an argument, and pg_dump before it does not
-- quote it.
--
-- Majors    13-16
-- To        newer
-- On        17: error: --quote-all-identifiers
create function json_identity(json json) returns json language sql immutable as 'select "json"';
