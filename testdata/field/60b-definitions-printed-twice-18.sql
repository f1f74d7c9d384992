-- 60b-definitions-printed-twice-18: definitions of 18 that are printed differently after they were parsed again.
--
-- Majors    18

create table t (id int primary key, v varchar(5), g int generated always as (id * 2), o int);
insert into t(id, v) values (1,'a');
create function m() returns setof int language sql begin atomic update t set v = 'x' where id > 3 returning new.id + old.id; end;
create view v1 as select t.*, g + 1 as h from t;
create index on t (id) where o is not null;
alter table t add constraint cc check (id between 1 and 100) not enforced;
create table cp (like t including all); create statistics s1 on v, o from t;
