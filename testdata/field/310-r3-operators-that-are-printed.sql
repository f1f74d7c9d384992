-- 310-r3-operators-that-are-printed: these forms keep their operators.
--
-- Needs     citext, hstore, ltree
-- To        newer
create extension citext;
create extension hstore;
create extension ltree;
create table t (
    id int primary key,
    b citext unique check (b <> '' and b in ('x', 'Y', 'z')),
    h hstore default 'a=>1'::hstore || 'b=>2',
    p ltree,
    exclude using gist (p with =) where (b between 'a' and 'z')
);
insert into t values (1, 'X', 'a=>1', 'a.b');
create index on t using gin (h) where h ? 'a';
create view v1 as select b, count(*), max(b) from t group by b having b = 'x'::citext or b = 'y'::citext order by b;
create view v2 as select distinct on (b) b, h -> 'a' as a from t order by b, id desc;
create view v3 as select id from t where b = any (select b from t) or b in (b, 'q'::citext) or p ~ 'a.*'::lquery;
create view v4 as select b from t union select b from t;
create view v5 as select t.id from t join t as u on t.b = u.b where (t.b, u.b) > ('a'::citext, 'b'::citext);
create view v6 as select b = 'x'::citext as is_x, count(*) from t group by b = 'x'::citext having not b = 'x'::citext;
create materialized view m as select id, case when b = 'x'::citext then 1 end as kind, h @> 'a=>1' as has from t;
create policy p on t using (b = 'x'::citext);
create table child (b citext references t (b));
