-- 310-r6-functions-over-json: 17 names the type of an argument in another way than 16; what such a function uses is the same.
--
-- Majors    14
-- Needs     citext
-- To        newer
create extension citext;
create function is_her(j json, b citext) returns boolean language sql immutable return b = 'x'::citext and j is not null;
create function defaults(j json default '{}', is_same boolean default 'a'::citext = 'A'::citext) returns json[] language sql immutable as 'select array[j]';
create table t (j json, b citext check (is_her(j, b) is not null)); insert into t values ('{}', 'X');
