-- 66-r1-rows-and-keys: bytes that are not valid UTF-8 in names of schemas, sequences, keys, indexes, views, and in policies, triggers and rules.
--
-- Encoding  SQL_ASCII
\set e `printf '\351'`
create schema :"e"; create table :"e".:"e" (:"e" serial primary key, t text check (t <> :'e'));
insert into :"e".:"e" (t) values ('x'), ('\x' || :'e');
create view :"e".v as select :'e'::text as x, * from :"e".:"e";
create materialized view :"e".m as select * from :"e".v;
create index i on :"e".m (t) where t <> :'e';
create policy :"e" on :"e".:"e" using (t <> :'e');
create rule :"e" as on delete to :"e".v do instead nothing;
create unlogged table u (id int, x xml); insert into u values (1, '<?xml version="1.0"?><a/>');
comment on column :"e".:"e".:"e" is :'e';
