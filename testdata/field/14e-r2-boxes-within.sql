-- 14e-r2-boxes-within: boxes in arrays, domains, composites and partitions; some lose nothing, and geometries never do.
--
-- Needs     postgis
-- Names     what the text form of public.box2d does not hold: 1 row of public.part.list
-- Names     what the text form of public.box3d does not hold: 1 row of public.t.deep
-- Unnamed   of public.t.even
-- Unnamed   of public.t.g
create extension postgis;
create domain place as box3d;
create type pair as (a place, b int);
create table t (id int primary key, deep pair[], even box2d, g geometry, gg geography);
insert into t select 1, array[row(st_3dextent(st_makepoint(1.0/3, 0.1, 1e-7))::box3d, 1)::pair], 'BOX(1 2,3 4)'::box2d, st_makepoint(1.0/3, 0.1), st_makepoint(1.0/3, 0.1)::geography;
create table parts (k int, list box2d[]) partition by list (k);
create table part partition of parts for values in (1);
insert into parts select 1, array[st_extent(st_makepoint(1234567.1234567891, 0.123456789012345))::box2d, null];
