-- 47-definitions-printed-twice: an expression that PostgreSQL prints differently after it was parsed again.
--
-- Majors    14
-- To        newer

create table t (id int primary key, v varchar(10), n numeric(8,2), c char(3), i int, j jsonb, ts timestamptz, arr text[]);
insert into t values (1,'a',1.5,'x',3,'{"a":1}','2024-01-01','{a}');
create view v01 as select * from t where v in ('a') or n in (1,2.5) or c in ('x','y') or i not in (1,2,3) or id in (1);
create view v02 as select case v when 'a' then 1 else 2 end as a, coalesce(v,'z') as b, nullif(v,'a') as c, greatest(v,'b') as d from t;
create view v03 as select (array['a','b']::varchar[])[1] as a, array[i, 2.5] as b, array[v,'x'] as c, '{1,2}'::int[] as d, array[]::text[] as e from t;
create view v04 as select i::numeric(5,1) as a, n::int as b, v::char(2) as c, ts::date as d, (ts at time zone 'UTC')::time as e, interval '1' day as f, '1 hour'::interval(0) as g from t;
create view v05 as select a.id from (t a join t b using (id)) left join (select id, v from t where i between 1 and 2 or i is null) c on c.id = a.id and c.v in ('a','b') and a.i between 1 and 3;
create view v06 as select id from t where not (i = 1 and v = 'a') and (i > 1 or n > 2 or i < 0) and i = any (array[1,2]) and v = any ('{a,b}') and v like any (array['a%','b%']) and v <> all (array['q','r']);
create view v07 as select count(*) filter (where v in ('a','b')) as a, string_agg(v, ',' order by v) as b, sum(n) over (partition by v order by i rows between 1 preceding and current row) as c from t group by v, n, i having count(*) between 1 and 5 and max(i) > 0;
create view v09 as with recursive r(n, p) as (select 1, 'a'::varchar union all select n+1, (p||'x')::varchar from r where n < 3) select * from r;
create view v10 as select j->>'a' as a, j @? '$.a ? (@ > 0)' as b, jsonb_path_query(j, '$.*') as c, j['a'] as d from t;
create view v11 as select x.*, t.id as tid from t, lateral unnest(arr) with ordinality as x(w, o);
create view v13 as select distinct on (v) v, id from t order by v, id desc nulls last limit (1+1) offset 0;
create view v14 as select extract(year from ts) as y, extract(epoch from ts)::bigint as e, date_part('day', ts) as d, position('a' in v) as p, substring(v from 1 for 2) as s, substring(v, 2) as s2, trim(leading 'x' from v) as tr, overlay(v placing 'z' from 1) as o, v is normalized as nn, normalize(v) as no, ts at time zone 'Europe/Amsterdam' as z from t;
create view v15 as select id from t where (v, i) > ('a', 1) and ts > current_date - 7 and ts < now() - '1 day'::interval and n > '-1' and i > -1 and n > -1.5;
create view v16 as (select id from t union select i from t) except (select 1) order by 1;
create view v17 (a, "B c") as values (1, 'x'::varchar), (2, 'y');
create view v18 as select grouping(v, i) as g, v, i from t group by grouping sets ((v, i), rollup (v), ());
create view v19 as select t.*::text as w, (t).id as i2, t as whole from t;
create view v20 as select * from json_to_record('{"a":1}') as x(a int, b varchar(4)), generate_series(1, 2) as gs(n), rows from (unnest(array[1,2]), unnest(array['a'])) as rf(p, q);
create view v21 as select id from t where v similar to 'a|b' and v ~* '^a' and v not ilike 'B%' and c = 'x' and c like 'x%' and v is not distinct from 'z' and (i is not null) is true;
create view v22 as select sum(i::bigint) as a, avg(n)::numeric(10,2) as b, count(distinct v) as c, percentile_disc(0.5) within group (order by n) as d, mode() within group (order by v) as e from t;
create index ix1 on t (lower(v)) where v in ('a','b') and i between 1 and 5;
create index ix2 on t ((j->>'a'), (n*2), (v||'x'), (coalesce(v,'q'))) where v is not null and n > 0 and i <> all (array[1,2]);
create index ix3 on t ((v::text), (i::numeric), (case when v = 'a' then 1 end), (nullif(v,'b')));
alter table t add constraint k1 check ((v = 'a' or v = 'b') and (i > 0 and (n > 0 and n < 10))), add constraint k2 check (v = any (array['a','b'])), add constraint k3 check (n between 0 and 10 or i between 1 and 2 and v in ('a','b')), add constraint k4 check (not (i between 10 and 20) and v not in ('z','w')), add constraint k5 check (v::text in ('a','b')), add constraint k6 check (n in (1.5, 2, 3)), add constraint k7 check (i::bigint in (1,2,3,10000000000)), add constraint k8 check (c in ('x','y')), add constraint k9 check (arr <@ array['a','b','c']), add constraint k10 check (j ? 'a' and jsonb_typeof(j) in ('object','array')), add constraint k11 check (length(v) between 1 and 5 and v !~ '[0-9]' and lower(v) = v);
alter table t add gg varchar generated always as (case when v in ('a','b') then v else 'other' end) stored;
create view v12 as select (row(1,2) = row(id, i)) as e, (id, v) in (select 1, 'a'::varchar) as f, exists (select from t t2 where t2.v in ('a','b')) as g from t;
