-- 71-r1-empty-table-in-information-schema: no rows are lost, and the table is named.
--
-- Names     table information_schema.my_notes in information_schema was made there
create table information_schema.my_notes (id int primary key, note text);
create sequence information_schema.numbers;
