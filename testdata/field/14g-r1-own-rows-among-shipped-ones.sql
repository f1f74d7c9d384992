-- 14g-r1-own-rows-among-shipped-ones: a user's reference system and topology are carried; a changed shipped row is not.
--
-- Needs     postgis_topology
-- Names     rows of public.spatial_ref_sys that extension postgis did not bring
-- Unnamed   rows of topology
create extension postgis;
create extension postgis_topology;
insert into spatial_ref_sys (srid, auth_name, auth_srid, srtext, proj4text) values (990001, 'own', 1, 'x', '+proj=longlat');
update spatial_ref_sys set proj4text = '+proj=longlat +ours' where srid = 4326;
select topology.createtopology('town', 4326);
