create table shop_config (id int primary key, note text default 'none', value text);
create table shop_rules (id int primary key, rule text);
select pg_catalog.pg_extension_config_dump('shop_config', '');
select pg_catalog.pg_extension_config_dump('shop_rules', '');
create table shop_state (c int, b text);
create sequence shop_tickets;
