create table shop_config (id int primary key, retired text, value text);
create table shop_rules (id int primary key, rule text);
insert into shop_rules values (1, 'of 1.0');
select pg_catalog.pg_extension_config_dump('shop_config', '');
select pg_catalog.pg_extension_config_dump('shop_rules', '');
create table shop_state (a int, b text);
create sequence shop_tickets;
