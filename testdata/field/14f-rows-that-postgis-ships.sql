-- 14f-rows-that-postgis-ships: rows that CREATE EXTENSION inserts are not lost; a user's row among them is named.
--
-- Needs     postgis_tiger_geocoder, address_standardizer_data_us
-- Names     rows of tiger.state that extension postgis_tiger_geocoder did not bring
-- Unnamed   rows of tiger.direction_lookup
create extension fuzzystrmatch;
create extension postgis;
create extension postgis_tiger_geocoder;
create extension address_standardizer;
create extension address_standardizer_data_us;
create table g (id int primary key);
insert into tiger.state (region, statefp, name, stusps) values ('1', '99', 'Testland', 'TL');
