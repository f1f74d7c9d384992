-- 66-r3-labels-and-options: bytes that are not valid UTF-8 in enum labels, types, options of servers, role comments, domains and partitions.
--
-- Encoding  SQL_ASCII
\set e `printf '\344\366'`
create type :"e" as enum (:'e', 'a');
create domain d as text check (value <> :'e') default :'e';
create foreign data wrapper w options (a :'e');
create server :"e" foreign data wrapper w options (b :'e');
create table p (k text, v :"e" default :'e') partition by list (k);
create table part partition of p for values in (:'e');
create statistics st on k, v from p;
create publication :"e" for table p;
create function :"e"(:"e" text default :'e') returns text language sql as 'select $1';
create text search dictionary :"e" (template = simple);
comment on function :"e"(text) is :'e';
insert into p values (:'e', :'e');
create trigger :"e" before update on p for each row when (new.k <> :'e') execute function suppress_redundant_updates_trigger();
