-- 310-r4-one-of-several-uses: where rows are grouped one form of the operator keeps its meaning and another loses it; each view is named.
--
-- Needs     citext
-- Restore   fails resolved: in all 7 changed
create extension citext;
create table t (id int primary key, a text, b citext, c citext); insert into t values (1, 'x', 'X', 'y');
create table u (b citext, c citext); insert into u values ('x', 'Y');
create view v1 as select nullif(b, 'x'::citext) as n, b = 'y'::citext as y, count(*) from t group by nullif(b, 'x'::citext), b;
create view v2 as select t.b, count(*) from t join u using (b) where t.c = u.c group by t.b having max(u.c) = 'q'::citext;
create view v3 as select t.id, count(*) from t join u using (b, c) group by t.id having bool_or(u.c = 'y'::citext);
create view v4 as select case b when 'x'::citext then 1 end as k, count(*) from t where b = 'z'::citext group by 1;
create view v5 as select c, count(*) from t where (a, b) in (select a, b from t) and b = c group by c;
create view v6 as select c is distinct from 'x'::citext as d, c <> 'x'::citext as e, c = 'y'::citext as f from t group by c;
create view v7 as select s.b, count(*) from (select b from t natural join u group by b) as s where s.b = 'x'::citext group by s.b;
