create table ship_status (id int primary key, name text);
insert into ship_status values (1, 'new'), (2, 'sent');
select pg_catalog.pg_extension_config_dump('ship_status', '');
create table ship_carrier (id int primary key, name text);
insert into ship_carrier values (1, 'by foot');
select pg_catalog.pg_extension_config_dump('ship_carrier', 'where id > 1');
create table ship_log (line text);
insert into ship_log values ('made by the script');
select pg_catalog.pg_extension_config_dump('ship_log', '');
