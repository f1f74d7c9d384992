-- 53b-definitions-printed-twice: an expression that PostgreSQL prints differently after it was parsed again.
--
-- To        newer

create table a (id int primary key, x int, s varchar(10) default 'q'); insert into a values (1,2,'q');
create index i on a (id) where x between 1 and 5 and id > 0;
