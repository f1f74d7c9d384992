-- 24_storage.sql: how tables are stored: unlogged, another access method, storage, toast, options, targets.
--
-- Holds    settings of tables and columns that do not show in the rows
create unlogged table zoo.unlogged (id integer primary key, note text);
insert into zoo.unlogged values (1, 'kept while the server lives'), (2, '');
create table zoo.other_heap (id integer primary key, note text) using zoo_heap;
insert into zoo.other_heap values (1, 'by another access method');

create table zoo.stored (
    id integer primary key,
    plain_text text,
    external_text text,
    main_text text,
    extended_bytes bytea,
    n numeric
) with (
    fillfactor = 60,
    parallel_workers = 3,
    autovacuum_enabled = false,
    autovacuum_vacuum_scale_factor = 0.05,
    autovacuum_freeze_max_age = 500000000,
    toast_tuple_target = 512,
    user_catalog_table = true,
    toast.autovacuum_enabled = false,
    toast.autovacuum_vacuum_threshold = 77
);
alter table zoo.stored alter column plain_text set storage plain;
alter table zoo.stored alter column external_text set storage external;
alter table zoo.stored alter column main_text set storage main;
alter table zoo.stored alter column n set storage external;
alter table zoo.stored alter column n set statistics 1234;
alter table zoo.stored alter column main_text set statistics 0;
alter table zoo.stored alter column main_text set (n_distinct = -0.25, n_distinct_inherited = 17);
insert into zoo.stored
select
    i,
    pg_catalog.repeat('p', i),
    pg_catalog.repeat(pg_catalog.md5(i::text), 300),
    pg_catalog.repeat('m' || i, 500),
    pg_catalog.decode(pg_catalog.repeat('00ff' || pg_catalog.lpad(pg_catalog.to_hex(i), 4, '0'), 900), 'hex'),
    (i || pg_catalog.repeat('123456789', 200))::numeric
from pg_catalog.generate_series(1, 12) as i;
-- Updated and deleted rows: the rest is in another physical order than it was written.
update zoo.stored set plain_text = 'changed' where id % 3 = 0;
delete from zoo.stored where id % 5 = 0;

create table zoo.emptied (id integer);
insert into zoo.emptied values (1);
truncate zoo.emptied;
create table zoo.rolled_over (id integer primary key, n integer not null, note text) with (vacuum_truncate = false, log_autovacuum_min_duration = 0);
insert into zoo.rolled_over
select i, i * i, case when i % 10 = 0 then null when i % 10 = 1 then '' else 'row ' || i end
from pg_catalog.generate_series(1, 3000) as i;
update zoo.rolled_over set n = -n where id % 7 = 0;
delete from zoo.rolled_over where id % 11 = 0;

comment on table zoo.unlogged is 'Empty after a crash, empty on a standby.';
comment on column zoo.stored.external_text is 'Out of line, not compressed.';
