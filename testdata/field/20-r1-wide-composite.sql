-- 20-r1-wide-composite: a wide value in a composite, and in a materialized view.
-- Long        one row of 150 MB
create type part as (n int, t text);
create table big (id int primary key, p part);
insert into big values (1, row(1, repeat('"', 150000000)));
create materialized view again as select p, array[(p).t] as list from big;
