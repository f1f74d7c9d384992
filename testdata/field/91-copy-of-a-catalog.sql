-- 91-copy-of-a-catalog: a value of pg_node_tree can be copied to a table, and never restored.
--
-- Restore   error: alter table snap_defaults alter column adbin type text
-- Names     column adbin of public.snap_defaults
create table snap_defaults as select * from pg_attrdef;
create table t (id int default 5);
insert into snap_defaults select * from pg_attrdef;
