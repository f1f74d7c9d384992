-- 206-r2-sql-bodies: bodies that are stored parsed, with statements that newer majors print differently.
--
-- Majors    15
-- To        newer

create table t (a int primary key, b text, c timestamptz);
create table s (a int, b text);
create procedure m() language sql begin atomic
    merge into t as x using s as y on x.a = y.a when matched and y.b in ('q', 'r') then update set b = y.b
        when not matched then insert (a, b) values (y.a, default);
    insert into t (a, b) values (1, 'x'), (2, 'y') on conflict (a) do update set b = excluded.b || t.b where t.a between 1 and 5;
    with gone as (delete from s where b = 'z' returning s.a) update t set c = now() from gone where gone.a = t.a;
end;
create function v(k int default -1, l varchar[] default array['a', 'b']) returns table (n int, w text) language sql
begin atomic select * from (values (k, 'one'), (2, null)) as x(n, w) where x.n = any (array[1, 2]) or x.w = l[1]; end;
create view w as select t.a, (select null), exists (select 'z') as e from t where t.a in (1, 2.5) for update;
create view x as with recursive r as (select 1 as n union all select n + 1 from r where n < 3) cycle n set is_cycle using path select n, is_cycle from r;
