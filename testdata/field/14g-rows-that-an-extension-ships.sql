-- 14g-rows-that-an-extension-ships: tables that postgis fills itself.
--
-- Needs     postgis_tiger_geocoder, postgis_topology
-- Unnamed   did not bring
create extension fuzzystrmatch;
create extension postgis;
create extension postgis_topology;
create extension postgis_tiger_geocoder;
create table g (id int primary key, p geometry(point, 4326));
insert into g values (1, 'SRID=4326;POINT(1 2)');
