-- 13b-r2-own-table-in-another-order: beside an updated extension, user tables with the same history keep their order.
--
-- Ships     zzshop
create extension :extension version '1.0';
alter extension :extension update to '1.1';
truncate shop_rules;
insert into shop_rules values (7, 'own');
insert into shop_config (id, note) values (1, null);
create table own (a int, b text);
alter table own add column c int;
alter table own drop column a;
create view sight as select * from shop_config;
