-- 53d-definitions-printed-twice: an expression that PostgreSQL prints differently after it was parsed again.
--
-- To        newer

create table a (id int primary key, s varchar(10)); insert into a values (1,'q');
alter table a enable row level security;
create policy p on a using (s in ('q','r'));
