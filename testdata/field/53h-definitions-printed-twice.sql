-- 53h-definitions-printed-twice: an expression that PostgreSQL prints differently after it was parsed again.
--
-- Majors    14
-- To        newer

create table a (id int primary key, s varchar(10), g varchar generated always as (case when s in ('q','r') then 'x' else 'y' end) stored); insert into a values (1,'q');
create function f(a varchar default 'x', b varchar[] default array['x','y']) returns int language sql return case when a in ('q','r') then 1 end;
create statistics st on (case when s in ('q','r') then 1 end) from a;
