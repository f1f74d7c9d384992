-- 300-role-names-in-latin1: roles with non-ASCII names, created in a database that is not UTF-8; the server and the archive store them in its encoding.
--
-- Encoding  LATIN1
-- Starts    work_mem=4MB
-- Names     müller
-- Unnamed   \xfc
set client_encoding = 'UTF8';
create role "müller"; create role "Ã¤"; create role "leser ÿ";
create schema "Büro" authorization "müller";
create table "Büro".t (id int primary key, a text check (a in ('ä', 'ö')));
insert into "Büro".t values (1, 'ä');
alter table "Büro".t owner to "Ã¤";
grant select on "Büro".t to "leser ÿ" with grant option;
create policy p on "Büro".t to "müller", "leser ÿ" using (a <> 'ß');
alter default privileges for role "müller" grant select on tables to "leser ÿ";
create materialized view "Büro".m as select count(*) from "Büro".t;
alter materialized view "Büro".m owner to "Ã¤";
