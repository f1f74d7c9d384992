-- 02-definitions-printed-twice: an expression that PostgreSQL prints differently after it was parsed again.
--
-- To        newer

create table ratings (id int primary key, stars int, total int, d date, constraint ok check (stars between 1 and 5 and total > 0), constraint ok2 check (stars > 0 and (total between 1 and 100)));
create index rr on ratings (id) where stars between 2 and 4 and total > 3;
insert into ratings values (1,3,9,'2024-01-01');
