-- 28_views.sql: views.
--
-- Holds    each part of a query that has its own syntax
create view zoo.v_plain as
select id, a, b from zoo.indexed;
create view zoo.v_aliases (one, "Two", "select") as
select id, a, b as ignored from zoo.indexed where a > 1;
create view zoo.v_barrier with (security_barrier = true) as
select id, note from zoo.watched where n > 0;
create view zoo.v_local as
select id, n from zoo.rolled_over where n > 10 with local check option;
create view zoo.v_cascaded as
select id, n from zoo.v_local where id < 1000 with cascaded check option;
create view zoo.v_default as
select id, note from zoo.ruled;
alter view zoo.v_default alter column note set default 'from the view';
create view zoo.v_no_column as
select from zoo.texts;

create recursive view zoo.v_recursive (n, path) as
values (1, '1'::text)
union all
select n + 1, path || '>' || (n + 1) from v_recursive where n < 5;
create view zoo.v_joins as
select c.code, t.id, w.twin, k.note
from zoo.countries as c
join zoo.cities as t on t.country = c.code
left join zoo.cities as w on w.twin = t.id
full join zoo.identity_always as k on k.id = t.id
cross join (values (1, 'a'), (2, null)) as v (x, y)
where v.x = 1;
create view zoo.v_using as
select * from zoo.floats join zoo.monies using (id) natural join zoo.identities;
create view zoo.v_window as
select
    id,
    pg_catalog.row_number() over w as place,
    pg_catalog.sum(a) over (w rows between 2 preceding and 1 following exclude ties) as near,
    pg_catalog.first_value(b) over (order by id groups between unbounded preceding and current row) as first_b,
    zoo.total_text(a) over (order by id range between 3 preceding and current row) as moving,
    zoo.row_number_twin() over (partition by a order by id desc nulls last) as twin
from zoo.indexed
window w as (partition by a order by id);
create view zoo.v_cte as
with first_part as materialized (
    select id, a from zoo.indexed where id < 50
), second_part as not materialized (
    select a, pg_catalog.count(*) as n from first_part group by a
)
select f.id, s.n from first_part as f join second_part as s on s.a is not distinct from f.a;
create view zoo.v_lateral as
select i.id, x.word, y.n, y.ordinality
from zoo.indexed as i
cross join lateral (select i.b || '!' as word) as x
left join lateral rows from (pg_catalog.unnest(i.d), pg_catalog.generate_series(1, 2)) with ordinality as y (d, n, ordinality) on true;
create view zoo.v_grouping as
select a, b, grouping(a, b) as level, pg_catalog.count(*) filter (where id > 10) as n,
    pg_catalog.percentile_cont(0.5) within group (order by id) as middle,
    pg_catalog.array_agg(distinct c order by c) as cs
from zoo.indexed
group by grouping sets ((a, b), (a), ()), rollup (a), cube (b)
having pg_catalog.count(*) > 0;
create view zoo.v_sets as
(select id, a from zoo.indexed except all select id, n from zoo.clustered)
union
(select 1, 2 intersect select id, n from zoo.clustered order by 1 limit 3 offset 1)
order by 1 desc nulls first fetch first 5 rows with ties;
create view zoo.v_distinct as
select distinct on (a) a, id, b from zoo.indexed order by a, id desc;
create view zoo.v_expressions as
select
    case a when 1 then 'one' when 2 then 'two' else null end as chosen,
    coalesce(b, c, 'x') as some, nullif(a, 3) as no_three, greatest(a, id) as most, least(a, id, 0) as small,
    d[1] as first_d, d[1:2] as slice, (array[1, 2, 3])[2] as two, array(select 1) as sub,
    e -> 'k' as k, e #>> '{l,0}' as l, e @> '{"k": 1}' as has,
    a between 1 and 5 as inside, a not in (1, 2) as outside, a is distinct from id as apart,
    c like 'a%' or c ilike 'B_' or c similar to 'x|y' or c ~ '^[a-f]' as looks, c not like 'z\%%' escape '\' as escaped,
    exists (select 1 from zoo.clustered where n = a) as there, a = any (d) as among, a > all (select 1) as above,
    (a, id) < (1, 2) as row_less, row(a, b) is null as nothing, (b is null) is unknown as unknown,
    h at time zone 'UTC' as utc, extract(year from h) as year, h - interval '1 day' as before, (h, h) overlaps (h, interval '1 s') as over,
    cast(a as text) as a_text, b collate "C" as b_c, 1.50 as scale, '-0'::float8 as minus_zero, E'\\ \n''' as odd, B'01' as bits,
    position('a' in c) as pos, substring(c from 2 for 3) as sub_c, trim(both 'x' from c) as trimmed, overlay(c placing 'y' from 1) as laid,
    a operator(zoo.=#) id as same_digit, operator(zoo.!!) a as minus, zoo.slug(b) as slug, zoo.variadic_join('-', variadic array['p', 'q']) as glued,
    (zoo.outs(a)).*, row(1, 'x')::zoo.pair as pair, 'ok'::zoo.mood as mood, current_date is not null as today, session_user = current_user as me,
    xmlelement(name "n", xmlattributes(a as "at"), b) as x, xmlforest(a, b as "odd name") as forest
from zoo.indexed;
create view zoo.v_sample as
select id from zoo.rolled_over tablesample bernoulli (50) repeatable (1);
create view zoo.v_locked as
select id, n from zoo.clustered for no key update of clustered skip locked;
create view zoo.v_only as
select id, name from only zoo_part.parent;
create view zoo.v_whole_row as
select p as whole, (p).id as whole_id, p.* from zoo_part.child as p;
create view zoo.v_values (n, word) as
values (1, 'one'), (2, null::text), (3, '');
create view zoo.v_xmltable as
select x.* from zoo.xmls, xmltable('/r' passing doc columns n for ordinality, a text path 's/@a' default 'none') as x where xmls.id = 8;
-- Grouping by the key alone ties the view to the constraint: pg_dump must create it in two steps.
create view zoo.v_by_key as
select id, note, pg_catalog.count(*) as n from zoo.watched group by id;
create view zoo.v_on_by_key as
select n, id from zoo.v_by_key where n > 0;
-- Names that changed after the view was created.
create table zoo.renamed (old_id integer, old_name text);
create view zoo.v_renamed as
select * from zoo.renamed join (values (1, 'x')) as v (old_id, y) using (old_id);
alter table zoo.renamed rename column old_id to new_id;
alter table zoo.renamed rename to renamed_since;
alter table zoo.renamed_since add column later text;
create view zoo.v_catalog as
select relname from pg_catalog.pg_class where relname = 'pg_class';

comment on view zoo.v_plain is 'A view.';
comment on column zoo.v_plain.a is 'A column of a view.';

create table zoo.zoo (b text);
create function zoo.upper(text) returns text language sql immutable as 'select $1';
create view zoo.v_table_like_schema as
select zoo.upper(b) as word, '(VALUES (1))' as text, '-  --' as dashes from zoo.zoo;

-- An operator of the same types as one of pg_catalog's: IS DISTINCT FROM prints the schema of neither.
create function zoo.same(a name, b name) returns boolean language sql immutable as 'select a = b';
create operator zoo.= (function = zoo.same, leftarg = name, rightarg = name);
create view zoo.v_same as
select v.a is distinct from v.b as differs from (values ('a'::name, 'b'::name)) as v (a, b);
create view zoo.v_read as select v.j::text as t from (values ('{}'::json)) as v (j);
