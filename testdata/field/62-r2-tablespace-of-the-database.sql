-- 62-r2-tablespace-of-the-database: a default for new objects, temporary files, and statistics of pages; partitions inherit it.
--
-- Format    directory
-- Names     tablespaces
set allow_in_place_tablespaces = on;
select exists (select from pg_tablespace where spcname = 'field''s 3') as has \gset
\if :has
\else
create tablespace "field's 3" location '';
\endif
alter tablespace "field's 3" set (random_page_cost = 1.1);
alter database :"DBNAME" set default_tablespace = 'field''s 3';
alter database :"DBNAME" set temp_tablespaces = 'field''s 3';
grant create on tablespace "field's 3" to pg_monitor;
\c
create table t (id int primary key, big text);
create table p (a int, primary key (a)) partition by range (a);
create table p1 partition of p for values from (0) to (10);
create materialized view m as select id from t with no data;
create unlogged table u (a int unique) with (fillfactor = 50);
insert into t values (1, repeat('x', 100000));
