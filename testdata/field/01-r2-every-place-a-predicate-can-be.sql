-- 01-r2-every-place-a-predicate-can-be: one predicate in partitions, exclusions, rules, triggers, joins, aggregates and windows.
--
-- Majors    15
-- To        newer
create table t (id int primary key, s varchar(9), n numeric(6,2), c char(4), during tstzrange);
create table log (id int, s varchar(9));
create function noted() returns trigger language plpgsql as 'begin return new; end';
alter table t add exclude using gist (during with &&) where (s in ('a','b') and n between 1 and 2.5);
create trigger one after update of s on t for each row when (old.s is distinct from new.s and new.s in ('a','b') and (new.n > 1 or new.c in ('x','y'))) execute function noted();
create constraint trigger two after insert on t deferrable initially deferred for each row when (new.s not in ('a','b') or new.* is null) execute function noted();
create rule r1 as on update to t where (old.s in ('a','b') and (new.n > 1 and new.n < 3)) do also (insert into log values (new.id, new.s); delete from log where s in ('q', new.s); update log set s = default where id between 1 and 2 and s = any ('{a,b}'));
create policy p1 on t for update to public using (s in ('a','b') and (n > 1 and (n < 3 or n is null))) with check (exists (select 1 from log l where l.s in ('a', t.s) and l.id not in (1, 2)));
create view v1 with (check_option = cascaded, security_barrier) as select id, s, n from t where s in ('a','b') and (n between 1 and 2 and id > 0);
create view v2 as select count(*) filter (where s in ('a','b')) over (partition by s in ('a','b') order by n between 1 and 2 range between unbounded preceding and current row exclude ties) as a from t where (s, n) in (('a', 1), ('b', 2.5)) group by s, n having bool_or(c in ('x','y')) and count(*) not between 1 and 2;
create view v3 as select t.id from t join log l on (l.s in ('a','b') and (l.id = t.id and t.n > 1)) left join lateral (select 1 as one where t.s in ('a','b')) x on (t.c in ('x','y') and true) where not exists (select from log where log.s in ('a', t.s) and not (log.id = 1 and log.s = 'x'));
create view v4 as select * from t tablesample bernoulli (100) repeatable (1) where s in (select s from log where id in (1,2) union all values ('a'::varchar), ('b')) order by (s in ('a','b')), n desc nulls first, c using ~<~ offset 1 rows fetch first 2 rows with ties;
create materialized view m1 as select id from t where s in ('a','b') and (n between 1 and 2 or (c in ('x','y') and n > 0)) with no data;
create statistics s1 (mcv) on (s in ('a','b')), (n between 1 and 2 and id > 0) from t;
create publication p1 for table t (id, s) where (id in (1, 2) or id between 3 and 4 and id > 3) with (publish = 'insert');
create table part (k int, s varchar(9), n numeric) partition by range ((case when s in ('a','b') then 1 else k end), n);
create table part_1 partition of part (check (s in ('a','b') and (n > 0 and n < 9)), constraint named check (k between 1 and 2)) for values from (1, -2.5) to (1, maxvalue);
create table part_d partition of part default partition by list (lower(s));
create table part_d1 partition of part_d for values in ('a', 'b', null, E'q\'x');
create index on part ((s in ('a','b'))) where n between 1 and 2 and k > 0;
create domain d as varchar(9) check (value in ('a','b') and (value <> 'c' or value is null)) constraint second check (value ~ any (array['a','b'])) default 'a';
create function f(a varchar default 'x', variadic b varchar[] default array['a','b']) returns table (x int, y varchar) stable begin atomic select id, s from t where s in ('a', a) and (n between 1 and 2 and id > 0) or s = any (b); end;
alter table t alter s set default case when 1 in (1, 2) then 'a' else 'b' end, alter n set default -2.5 + - 1;
insert into t values (1, 'a', 1, 'x', '[2024-01-01,2024-01-02)');
