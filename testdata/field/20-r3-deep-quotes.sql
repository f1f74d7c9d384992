-- 20-r3-deep-quotes: each level of composite doubles the quotes: an archive holds the text, a line of the whole row does not fit.
--
create type l1 as (t text);
create type l2 as (l l1);
create type l3 as (l l2, m l2);
create type l4 as (l l3);
create table deep (id int primary key, v l4, again l4);
insert into deep select 1, v, v from (select row(row(row(row(repeat('"', 9000000))::l1)::l2, null)::l3)::l4 as v) as s;
create table calm (id int primary key, v l4);
insert into calm values (1, row(row(row(row($$"$$)::l1)::l2, null)::l3)::l4);
