-- 95-r1-column-that-became-a-keyword: names of columns and qualified names of functions may still be json.
--
-- Majors    13-16
-- To        newer
create table t (json json, json_scalar int);
create function json_scalar(int) returns int language sql immutable as 'select $1';
create view v as select json_scalar(1);
