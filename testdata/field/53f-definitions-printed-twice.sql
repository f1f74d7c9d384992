-- 53f-definitions-printed-twice: an expression that PostgreSQL prints differently after it was parsed again.
--
-- To        newer

create table a (id int primary key, s varchar(10)); insert into a values (1,'q');
create domain d as varchar(5) check (value in ('a','b'));
