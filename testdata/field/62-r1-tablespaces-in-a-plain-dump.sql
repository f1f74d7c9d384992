-- 62-r1-tablespaces-in-a-plain-dump: tablespaces whose names hold quotes and a line break, below partitions and indexes.
--
-- Majors    13-18
-- Format    plain
-- Names     tablespaces
set allow_in_place_tablespaces = on;
select exists (select from pg_tablespace where spcname = E'slow\n"disk"') as has \gset
\if :has
\else
create tablespace "slow
""disk""" location '';
create tablespace field_62 location '';
\endif
create table p (a int, b text) partition by range (a) tablespace "slow
""disk""";
create table p1 partition of p for values from (0) to (10) tablespace field_62;
create table p2 partition of p for values from (10) to (20);
create index on p (b) tablespace field_62;
create table plain (id int primary key);
insert into p select n, n::text from generate_series(0, 19) as n;
create materialized view m as select count(*) from p;
alter materialized view m set tablespace field_62;
