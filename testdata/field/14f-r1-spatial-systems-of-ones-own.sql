-- 14f-r1-spatial-systems-of-ones-own: a user's row beside those that postgis ships is carried, and used.
--
-- Needs     postgis
-- Unnamed   did not bring
create extension postgis;
insert into spatial_ref_sys values (990001, 'ours', 1, 'LOCAL_CS["ours"]', '+proj=longlat');
create table g (id int primary key, p geometry(point, 990001));
insert into g values (1, 'SRID=990001;POINT(1 2)');
