-- 96-r3-publications-of-json: publications, partitions, children and foreign tables.
--
-- Majors    13-16
-- To        newer
create table json_array (json int, merge_action text) partition by range (json);
create table first partition of json_array for values from (1) to (2);
create table json_scalar (json int primary key);
create table child (own int) inherits (json_scalar);
create publication json for table json_scalar;
create foreign data wrapper json;
create server json foreign data wrapper json options (json 'x');
create foreign table json_object (json int options (json '"json"')) server json options (json 'q');
create collation json_table from "C";
create table texts (a text collate json_table);
create text search configuration json_serialize (copy = english);
comment on publication json is 'x';
comment on collation json_table is 'x';
