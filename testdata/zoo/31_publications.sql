-- 31_publications.sql: publications.
--
-- Holds    one for all tables, one for some, one for none
-- Note     the one for all tables leaves updates out: with them, tables without a key could no longer be updated
create publication zoo_all for all tables with (publish = 'insert, truncate');
create publication zoo_some for table zoo.checks, zoo.watched, only zoo_part.parent with (publish = 'insert');
create publication zoo_root for table zoo_part.sales with (publish = 'insert, delete', publish_via_partition_root = true);
create publication zoo_none;
create publication "Odd ""Publication""" for table zoo."UPPER";
comment on publication zoo_all is 'All tables.';
