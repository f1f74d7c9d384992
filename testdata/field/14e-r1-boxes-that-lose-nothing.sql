-- 14e-r1-boxes-that-lose-nothing: whole numbers, NULL and empty tables of the same types.
--
-- Needs     postgis
-- Unnamed   what the text form
create extension postgis;
create table t (id int primary key, b box2d, c box3d, list box3d[]);
insert into t values (1, 'BOX(1 2,3 4)', 'BOX3D(1 2 3,4 5 6)', '{}'), (2, null, null, array[null, 'BOX3D(0 0 0,1 1 1)'::box3d]);
create table empty (b box2d);
