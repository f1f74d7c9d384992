alter table shop_config drop column retired;
alter table shop_config add column note text default 'none';
alter table shop_state add column c int;
alter table shop_state drop column a;
