-- 61-definitions-printed-twice: an expression that PostgreSQL prints differently after it was parsed again.
--
-- To        newer

\set ON_ERROR_STOP off
create table t (id int primary key, v varchar(10), n numeric(8,2), c char(3), i int, j jsonb, ts timestamptz, d date, arr text[], iv interval, b bytea, bt bit(4), ia int[], va varchar[], na name, x xml);
insert into t (id) values (1);
create type comp as (a int, b varchar);
create view a01 as select id from t where v = any (array['a','b']);
create view a02 as select id from t where v = any (array['a','b']::varchar[]);
create view a03 as select id from t where na in ('a','b');
create view a04 as select id from t where c in ('a','b') and c = any (array['x']);
create view a05 as select id from t where va && array['a','b']::varchar[];
create view a06 as select id from t where va @> array['a'];
create view a07 as select array[1,2]::bigint[] as a, array['x','y']::varchar[] as b, array[i, 3]::numeric[] as c, array[v]::text[] as d, array[array[v],array['z']]::text[] as e from t;
create view a08 as select (array['a','b'])[1]::varchar as a, string_to_array(v, ',')::int[] as b, ('{' || v || '}')::text[] as c from t;
create view a09 as select id from t where i between symmetric 5 and 1;
create view a10 as select id from t where (i, n) in ((1, 2), (3, 4)) or (v, i) = ('a', 1);
create view a11 as select id from t where i not between 1 and 2 or n > 1;
create view a12 as select id from t where (i > 1 or n > 2) or v = 'x';
create view a13 as select id from t where i > 1 or (n > 2 or v = 'x');
create view a14 as select case when i between 1 and 2 and n > 0 then 1 end as a from t;
create view a15 as select id from t where v in ('a');
create view a16 as select row(1, 'a')::comp as a, (row(1, v)::comp).b as b, (select row(id, v)::comp from t limit 1) as c from t;
create view a17 as select -1 as a, - i as b, -(-1) as c, +i as d, @ i as e, i::int8 - -1 as f, (-1)::int2 as g, -1::int8 as h, '-1'::int as k, 2 ^ -1 as l from t;
create view a18 as select ts + '1 day' as a, ts - interval '1 day' as b, d + 1 as c, d - d as e, ts::date - d as f, iv * 2 as g, date '2024-01-01' as h, timestamp '2024-01-01 00:00' at time zone 'Europe/Amsterdam' as k, extract(dow from d) as l, current_timestamp(0) as m, localtime as o from t;
create view a19 as select v || i as a, v || null as b, 'x' || v as c, v like 'a%' and v not like '%b' as d, v ~~* 'x' as e, v collate "C" < 'x' as f, concat(v, i) as g, format('%s', v) as h from t;
create view a20 as select b || '\x00'::bytea as a, '\xdead'::bytea as c, bt & B'1010' as d, bt::int as e, x'ff'::bit(8) as f, B'1' as g from t;
create view a21 as select coalesce(v, c, 'z') as a, greatest(i, n, 1) as b, nullif(i, n) as c, coalesce(arr, '{}') as d, coalesce(ia, array[]::int[]) as e from t;
create view a22 as select t1.id from t t1 natural join t t2 where t1.v is not null;
create view a23 as select * from (select 1 as a union all select 2.5 union all select null) s;
create view a24 as select 'x' as a union select v from t union all (select c from t order by 1 limit 1);
create view a25 as select id from t order by v collate "C" desc, i using > nulls last;
create view a26 as select array(select id from t order by id) as a, exists (select 1) as b, (select max(id) from t) > all (select i from t) as c, id in (select i from t) as d, (id, v) not in (select i, c::varchar from t) as e from t;
create view a27 as select x.* from t, xmltable('/a' passing x columns q int path 'b') as x;
create view a28 as select id, lag(v, 1, 'q') over w as a, nth_value(i, 2) over (w rows unbounded preceding) as b from t window w as (partition by c order by id);
create view a29 as select true and not false as a, i = 1 is true as b, (i = 1) is not unknown as c, v is null or v is not null as d, row(i, n) is null as e, i isnull as f from t;
create view a30 as select (t.*) is null as a, t = t as b, count(t.*) over () as c, to_jsonb(t) - 'x' as d from t;
create view a31 as select ia[1] as a, ia[1:2] as b, (ia)[:2] as c, arr[array_length(arr, 1)] as d, j['a']['b'] as e from t;
create view a32 as select interval '1-2' year to month as a, interval(3) '1.123456 s' as b, time(2) '10:00:00.123' as c, numeric(5,2) '1.5' as d, varchar(3) 'abc' as e, char 'x' as f, 'x'::char(3) as g, 'x'::bpchar as h, 'x'::"char" as k, 1::bool as l, 'abc'::name as m;

alter table t add constraint b01 check (v <> all (array['a','b']));
alter table t add constraint b02 check (i = any (array[1,2]::bigint[]));
alter table t add constraint b03 check (c::text in ('a','b'));
alter table t add constraint b05 check (n in (1, 2.5));
alter table t add constraint b06 check (d in ('2024-01-01','2024-01-02'));
alter table t add constraint b07 check (d between '2024-01-01' and '2024-12-31');
alter table t add constraint b10 check (va = array['a']::varchar[]);
alter table t add constraint b11 check (array[v] <@ array['a','b']::text[]);
alter table t add constraint b12 check (v::text = any (array['a','b']::varchar[]));
alter table t add constraint b14 check (case v when 'a' then i > 0 else true end);
alter table t add constraint b16 check (coalesce(v,'') <> '' or i > 0 and n > 0 or (i < 0 and n < 0));
alter table t add constraint b21 check ((i > 0 and n > 0) and v = 'a');
alter table t add constraint b22 check (i > 0 and (n > 0 and v = 'a'));
alter table t add constraint b23 check (n between 1 and 2);
alter table t add constraint b24 check (n between 1 and 2 or i = 1);
alter table t add constraint b25 check (i = 1 or n not between 1 and 2);
alter table t add constraint b26 check (n not between 1 and 2 or i = 1);
alter table t add constraint b27 check (v in ('a', null));
alter table t add constraint b28 check (not (v in ('a','b')));
alter table t add constraint b29 check (d in (date '2024-01-01', '2024-01-02'::date));
alter table t add constraint b30 check (ts between '2024-01-01 00:00+00' and '2025-01-01 00:00+00' and i > 0);
