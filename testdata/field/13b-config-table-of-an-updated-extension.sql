-- 13b-config-table-of-an-updated-extension: the column order of an extension's own table is the extension's.
--
-- Ships     zzshop
create extension :extension version '1.0';
insert into shop_config values (1, 'a', 'x');
alter extension :extension update to '1.1';
truncate shop_rules;
