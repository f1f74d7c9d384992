-- 90-r2-row-types-in-order: values of row types that come back as they were, at every depth, and none of a type that does not.
--
-- To        newer
create table person (id int, name text, weight float8);
create table employee (salary int) inherits (person);
create type span as range (subtype = person);
create domain grown as person check ((value).id > 0 or (value).id is null);
create type "Odd ?%v" as ("v.x" grown, "%I" person[], "a?b" int[], none xml);
create table audit (n int primary key, a person, b employee[], c span, d grown[], e "Odd ?%v", f "Odd ?%v"[]);
insert into person values (1, 'a', '-0'), (2, null, 'NaN'), (null, '', 0), (null, null, null);
insert into employee values (1, '"(),', 0.1, 5);
insert into audit select 1, p, null, span(p, p, '[]'), array[p, null], row(p, array[p], '[3:4]={1,NULL}', '<a/>')::"Odd ?%v", null from only person as p where id = 1;
insert into audit select 2, null, array_agg(e), 'empty', '[-1:0]={NULL,"(1,,)"}', null, array[null, row(null, '{}', null, null)::"Odd ?%v"] from employee as e;
insert into audit values (3, row(null, null, null), '{}', '(,)', '{{"(1,,)"},{"(2,x,-0)"}}', row(null, null, null, null), '{}');
create table parent (a int) partition by list (a);
create table leaf (b text, a int);
alter table parent add column b text;
alter table parent attach partition leaf for values in (1);
create table rows (n int primary key, l leaf, p parent);
insert into rows values (1, row('x', 1), row(1, 'x'));
