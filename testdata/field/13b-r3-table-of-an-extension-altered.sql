-- 13b-r3-table-of-an-extension-altered: a column and an index added to an extension's table are in no archive, but its rows have the column.
--
-- Ships     zzshop
-- Restore   error: column "mine" of relation "shop_config" does not exist
create extension :extension;
alter table shop_config add column mine int;
insert into shop_config values (1, 'a', 'x', 5);
