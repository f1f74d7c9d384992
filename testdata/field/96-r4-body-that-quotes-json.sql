-- 96-r4-body-that-quotes-json: bodies and comments keep the quotes that a user wrote.
--
-- Majors    13-16
-- To        newer
create table t (json int, "json_b" int, "Json" int, "a""json""b" int, "json " int);
create function quoted() returns text language sql as 'select ''"json"''';
create view v as select '"json"'::text as a, "a""json""b", "json " from t;
comment on table t is '"json" and json';
comment on column t."a""json""b" is '"system_user"';
