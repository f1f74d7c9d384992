-- 62-tablespaces: tables, indexes and a materialized view in a tablespace.
--
-- Names     tablespaces
set allow_in_place_tablespaces = on;
select exists (select from pg_tablespace where spcname = 'Fast Disk') as has \gset
\if :has
\else
create tablespace "Fast Disk" location '';
\endif
create table t (id int primary key using index tablespace "Fast Disk", a text) tablespace "Fast Disk"; insert into t values (1,'x');
create table p (a int) partition by list (a) tablespace "Fast Disk"; create table p1 partition of p for values in (1); insert into p values (1);
create index on t (a) tablespace "Fast Disk"; create materialized view m tablespace "Fast Disk" as select 1 as a;
