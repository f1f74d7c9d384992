-- 14g-r3-shipped-row-deleted: it comes back, and nothing in the catalogs shows that it was deleted.
--
-- Needs     postgis
-- Restore   fails tables: spatial_ref_sys
create extension postgis;
delete from spatial_ref_sys where srid = 4326;
