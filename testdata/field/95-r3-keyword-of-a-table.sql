-- 95-r3-keyword-of-a-table: the names that pg_dump quotes, because they are words of every major.
--
-- Majors    13-16
-- To        newer
create table "user" ("select" int, "json" json);
create function "order"("user" int, "json_x" json) returns int language sql immutable as 'select $1';
create view "view" as select "select" as "all" from "user";
