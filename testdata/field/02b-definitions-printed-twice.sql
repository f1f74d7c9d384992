-- 02b-definitions-printed-twice: an expression that PostgreSQL prints differently after it was parsed again.
--
-- To        newer

create table ratings (id int primary key, stars int, total int);
insert into ratings values (1,3,9);
create view v as select id from ratings where stars between 1 and 5 and total > 0;
create view v2 as select id, stars not between 1 and 2 or total > 4 or id > 9 as x from ratings;
