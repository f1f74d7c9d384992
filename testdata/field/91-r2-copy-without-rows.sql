-- 91-r2-copy-without-rows: without a value nothing is unrestorable; a text column is not a copy of that type.
--
-- Unnamed   cannot be restored
create table snap_defaults (like pg_catalog.pg_attrdef);
insert into snap_defaults (oid, adrelid, adnum, adbin) select 1, 2, 3, null where false;
create table as_text as select adbin::text from pg_attrdef;
