-- 04-function-index-needs-search-path: an index whose SQL function needs a search_path can be read, and the archive is written; no restore can build the index.
--
-- Majors    13-16
-- Needs     cube, earthdistance
-- Restore   error: alter function ll_to_earth set search_path = ... (if it belongs to an extension, call it from a function of your own
-- Names     it belongs to an extension, so call it through a function of your own that sets the search_path
create extension cube; create extension earthdistance;
create table places (id int generated always as identity primary key, lat float8, lon float8);
insert into places (lat, lon) values (52.1, 4.3), (48.8, 2.3);
create index places_earth on places using gist (ll_to_earth(lat, lon));
