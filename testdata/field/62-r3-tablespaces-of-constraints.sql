-- 62-r3-tablespaces-of-constraints: named in the constraint itself, of exclusion and of unique keys, and of a partitioned index alone.
--
-- Names     tablespaces
-- Format    tar
set allow_in_place_tablespaces = on;
select exists (select from pg_tablespace where spcname = 'field_62r3') as has \gset
\if :has
\else
create tablespace field_62r3 location '';
\endif
create table t (id int, r int4range, primary key (id) using index tablespace field_62r3, unique (r) using index tablespace field_62r3, exclude using gist (r with &&) with (fillfactor = 80) using index tablespace field_62r3);
create table p (a int, b int) partition by list (a);
create table p1 partition of p for values in (1) tablespace field_62r3;
create unique index on only p (a, b) tablespace field_62r3;
alter table p add primary key (a) using index tablespace field_62r3;
insert into t values (1, '[1,2)');
