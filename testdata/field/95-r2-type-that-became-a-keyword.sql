-- 95-r2-type-that-became-a-keyword: a type.
--
-- Majors    13-16
-- To        newer
-- On        17: error: --quote-all-identifiers
create schema s;
create table s.json_object (id int);
create function json_value(json_object json) returns int language sql immutable as 'select 1';
