-- 60b-r1-what-18-brought: returning old and new, virtual columns in views and policies, temporal keys, statistics of expressions, and lists over varchar.
--
-- Majors    18
create table t (id int primary key, s varchar(9), n numeric(6,2), up varchar generated always as (case when s in ('a','b') then s || 'x' else 'y' end) virtual, twice numeric generated always as (n * 2 + -1.5) virtual);
create view v as select id, up, twice between 1 and 2 and id > 0 as q from t where up in ('ax','y') and (twice > 1 or s = any (array['a','b']));
create policy p on t using (up in ('ax','y') and (twice > 1 and n > -1));
create function changed() returns table (o varchar, n varchar) language sql begin atomic
    update t set s = 'b' where s in ('a','c') returning old.s, new.s || old.up; end;
create procedure merged() language sql begin atomic
    merge into t using (values (1, 'a'::varchar)) as x (id, s) on t.id = x.id and t.s in ('a', x.s) when matched and t.n between 1 and 2 then delete when not matched by source then update set s = default; end;
create table booked (room int4range, during tstzrange, constraint one primary key (room, during without overlaps), constraint later check (upper(during) > lower(during) and room in ('[1,2)', '[2,3)')) not enforced);
create table stay (room int4range, during tstzrange, foreign key (room, period during) references booked (room, period during));
create view js as select j.* from json_table('[{"a":1}]', '$[*]' columns (a int path '$.a' default -1 on empty, n for ordinality, nested path '$.b[*]' columns (b varchar(3) path '$' error on error))) as j where a in (1, 2);
create view jq as select json_value('{"a":1}', '$.a' returning varchar default 'x' on empty) in ('1','x') as a, json_exists('{}', '$.a' false on error) as b, json_query('{}', '$' with wrapper) as c, json_serialize('{}' returning bytea) as d, json_array(1, null absent on null) as e, json_objectagg('k' : 1 with unique keys) as f;
create statistics st on (s in ('a','b')), (n between 1 and 2 and id > 0) from t;
insert into t values (1, 'a', 1), (2, 'c', 2);
insert into booked values ('[1,2)', '[2024-01-01,2024-01-02)');
