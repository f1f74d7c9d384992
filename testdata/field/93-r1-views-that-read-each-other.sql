-- 93-r1-views-that-read-each-other: a loop of three views comes back: pg_dump writes one of them twice, first without
-- its query.
create table projects (id int primary key, name text);
create view one as select * from projects;
create view two as select * from one;
create view three as select * from two;
create or replace view one as select * from three;
