-- 02-r1-views-over-renamed-columns: views that were printed before their tables' columns were renamed, added and dropped.
--
-- To        newer
create table a (id int primary key, name varchar(9), gone int, k int);
create table b (id int primary key, name varchar(9), k int);
create table c (k int, id int, extra text);
create view star as select * from a;
create view joined as select id, k, a.name, b.name as other, gone from a join b using (id, k);
create view natural_one as select * from b natural join c;
create view full_one as select id, a.name, b.name as name_1, k from a full join b using (id, k) left join c using (id, k);
create view whole as select a, (b).name, a.*::text as t from a, b where a.* is not null and row(b.*) = row(1, 'x'::varchar, 2);
create view renamed (x, "y z") as select id, k from a where name in ('a', 'b');
create view nested as select q.id, q.n from (select id, name as n from a union select id, name from b except all select id, extra from c) q (id, n) where q.n in ('a','b') order by q.n, q.id;
create function rows_of() returns setof a language sql as 'select * from a';
create view of_function as select f.a, f.d, pos from rows_of() with ordinality as f (a, b, c, d, pos);
create view of_record as select * from json_to_recordset('[]') as r (id int, v varchar(5), n numeric(4,1), a int[]);
alter table a rename id to ident;
alter table b rename name to label;
alter table b add column gone int;
alter table c rename k to kk;
alter table a drop column gone cascade;
alter table c add column "name" text, drop column extra cascade;
alter view renamed rename column x to z;
alter view renamed alter column "y z" set default 5;
create view after as select a.name, b.label, a.ident from a join b on a.k = b.k and a.name in ('a', b.label);
alter table a rename k to id;
insert into a values (1, 'a', 2);
insert into b values (1, 'b', 2, 3);
