-- 100-r3-public-dropped: there is no schema public.
--
-- Names     that there is no schema public
drop schema public;
create schema app;
create table app.t (id int primary key);
insert into app.t values (1);
