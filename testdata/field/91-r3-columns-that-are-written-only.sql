-- 91-r3-columns-that-are-written-only: a column without a value does no harm, but one of an inheritance child does.
--
-- Majors    13-18
-- Restore   error: alter table child alter column
create table empty (t pg_node_tree);
create table snap (adbin pg_node_tree);
create table child () inherits (snap);
create table t (id int primary key default 5);
insert into child select adbin from pg_attrdef;
