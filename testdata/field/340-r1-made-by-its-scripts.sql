-- 340-r1-made-by-its-scripts: what the scripts of an extension made, at first or in an update, comes back and is not named.
--
-- Ships     zzshop
-- Unnamed   what was added to a table of extension
create extension :extension version '1.0';
truncate shop_rules;
alter extension :extension update to '1.1';
insert into shop_rules values (2, 'own');
