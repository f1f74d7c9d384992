-- 14e-box-types: box2d and box3d lose digits in their text form.
--
-- Needs     postgis
-- Names     what the text form of public.box2d does not hold: 1 row of public.boxes.b
-- Names     what the text form of public.box3d does not hold: 1 row of public.boxes.c
create extension postgis;
create table boxes (id int primary key, b box2d, c box3d);
insert into boxes select 1, st_extent(st_makepoint(1234567.1234567891, 0.1234567890123456789))::box2d, st_3dextent(st_makepoint(1234567.1234567891, 0.1234567890123456789, 1.0/3));
