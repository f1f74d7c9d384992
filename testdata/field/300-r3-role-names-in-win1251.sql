-- 300-r3-role-names-in-win1251: a user mapping and a grantor whose names are Cyrillic.
--
-- Encoding  WIN1251
-- Starts    work_mem=4MB
-- Names     бухгалтер
set client_encoding = 'UTF8';
create role "бухгалтер"; create role "Ё""ё";
create foreign data wrapper far;
create server far foreign data wrapper far;
create user mapping for "бухгалтер" server far options (note 'да');
create table t (id int primary key);
grant select on t to "Ё""ё" with grant option;
set role "Ё""ё";
grant select on t to "бухгалтер";
reset role;
