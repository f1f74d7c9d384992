-- 13b-r1-row-type-of-an-extension: values of the row type of such a table change in the copy.
--
-- Ships     zzshop
-- Restore   fails tables: table=history
create extension :extension version '1.0';
alter extension :extension update to '1.1';
truncate shop_rules;
create table history (n int primary key, old shop_config);
insert into history values (1, row(1, 'value', 'note')::shop_config);
