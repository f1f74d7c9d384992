-- 02-r2-bodies-and-cycles: SQL bodies and views that read each other through functions, with operators and types of other schemas.
--
-- Majors    14
-- To        newer
create schema "Ops"; create schema lib;
create type lib.mood as enum ('so', 'la''la');
create function "Ops".add(int, text) returns int language sql immutable return $1 + length($2);
create operator "Ops".+ (leftarg = int, rightarg = text, function = "Ops".add);
create aggregate lib.total (int) (sfunc = int4pl, stype = int, initcond = '0');
create table t (id int primary key, m lib.mood default 'so', v varchar(9) collate "C", a int[] default array[1, 2]);
create view first as select id operator("Ops".+) v as n, m in ('so', 'la''la') as mm, m > 'so' as mg, lib.total(id) over (order by id) as s, a[1:2] as sl, a[id:] as sm, v collate "POSIX" < 'x' as c from t;
create function of_first() returns setof first language sql begin atomic select * from first where n in (1, 2) and mm; end;
create or replace view second as select f.n, (f).s from of_first() as f where f.n between 1 and 2 and (f.s > 0 or f.mg);
create function lib.deep(inout x int, y lib.mood default 'la''la', z text default E'a\\b''c\n') language sql return case when y in ('so') then x operator("Ops".+) z else (select max(n) from second where n not in (x, 2.5)) end;
create procedure lib.work(a int default 1 + 1) language sql begin atomic
    insert into t (id, v) select n, 'x' from second s where s.n in (a, 2) and not exists (select from t where t.id = s.n) on conflict (id) where id > 0 do update set v = excluded.v || 'y', a = array[excluded.id, 1] where t.v in ('a','b');
    update t set (v, a) = (select 'q', '{1}'::int[]), m = default from second where t.id = second.n and t.v in ('a','b');
    delete from t using second as s where s.n = t.id and t.m = any (array['so']::lib.mood[]);
    select lib.deep(a), lib.deep(x => 2, z => 'n');
end;
create function lib.nothing() returns void language sql begin atomic end;
insert into t values (1, 'so', 'a');
