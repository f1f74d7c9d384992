-- 201-printed-twice-more: an expression that PostgreSQL prints differently after it was parsed again.
--
-- Majors    14
-- To        newer

create table t (s varchar(20) check (s in ('a','b')), a int, b int, c int, n numeric);
create view v1 as select a from t where a between 1 and 2 and b > 3;
create view v5 as select a from t where a in (1, b, c);
alter table t add check (n > -2.5::numeric);
alter table t add check (n = any (array[1,2]));
create view active as select a from t where exists (select null from t t2 where t2.a = t.a);
create function g1() returns text language sql begin atomic select 'z'; end;
