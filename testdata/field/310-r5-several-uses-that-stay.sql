-- 310-r5-several-uses-that-stay: grouped in every way, written once or often; another major keeps them in another number.
--
-- Needs     citext
-- To        newer
create extension citext;
create table t (id int primary key, a text, b citext, c citext); insert into t values (1, 'x', 'X', 'y');
create view v1 as select b = 'y'::citext as y, count(*) filter (where c = 'y'::citext) from t group by b = 'y'::citext having not b = 'y'::citext order by b = 'y'::citext;
create view v2 as select b, c, count(*), grouping(b) from t group by rollup (b, c), cube (b = c) having b = 'x'::citext or b > c;
create view v3 as select b, (select count(*) from t as i where i.b = t.b and i.c = max(t.c)) as n from t group by b having b in ('x'::citext, 'y'::citext);
create view v4 as select t.b, rank() over (partition by t.b = 'x'::citext order by t.b) from t join t as u on t.b = u.b and (t.b = u.c) group by t.b;
create view v5 as select max(b) = any (array_agg(c)), case when b = 'x'::citext then b = c end from t group by b, c;
