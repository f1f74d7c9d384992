-- 91-r3-columns-that-are-written-only: a column without a value is no harm, and one of an inheritance child is.
--
-- Majors    13-18
-- Restore   error: alter table child alter column
create table empty (t pg_node_tree);
create table snap (adbin pg_node_tree);
create table child () inherits (snap);
create table t (id int primary key default 5);
insert into child select adbin from pg_attrdef;
