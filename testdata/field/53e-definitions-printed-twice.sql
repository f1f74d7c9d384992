-- 53e-definitions-printed-twice: an expression that PostgreSQL prints differently after it was parsed again.
--
-- To        newer

create table a (id int primary key, s varchar(10)); insert into a values (1,'q');
create function tf() returns trigger language plpgsql as 'begin return new; end';
create trigger tr before update on a for each row when (new.s in ('q','r')) execute function tf();
