-- 71-table-in-information-schema: its rows are in no archive.
--
-- Dump      refused: table information_schema.my_notes: no archive holds tables in information_schema
create table information_schema.my_notes (id int primary key, note text);
insert into information_schema.my_notes values (1, 'lost?');
create table t (id int primary key);
insert into t values (1);
