-- 71-r2-table-made-a-member: in one transaction, by a separate role, and next to an extension's own table.
--
-- Needs     hstore
-- Dump      refused: table app.audit: it was made a member of the extension hstore
create extension hstore;
begin;
create schema app;
create table app.audit (id int primary key, bag hstore);
alter extension hstore add table app.audit;
insert into app.audit values (1, 'a=>1');
commit;
