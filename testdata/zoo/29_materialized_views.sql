-- 29_materialized_views.sql: materialized views.
--
-- Holds    contents that a refresh always computes identically, at any time and with any plan
create materialized view zoo.m_plain as
select id, a, b from zoo.indexed where id <= 60;
create unique index m_plain_id on zoo.m_plain (id);
create index m_plain_partial on zoo.m_plain (b desc) where a > 2;
create materialized view zoo.m_no_data as
select id, b from zoo.indexed with no data;
create index m_no_data_b on zoo.m_no_data (b);
create materialized view zoo.m_options (n, "Odd Word") with (fillfactor = 60, autovacuum_enabled = false) as
select n, zoo.slug('Word ' || n) from pg_catalog.generate_series(1, 20) as n;
alter materialized view zoo.m_options alter column "Odd Word" set storage external;
alter materialized view zoo.m_options alter column "Odd Word" set statistics 55;
create index m_options_n on zoo.m_options (n);
alter materialized view zoo.m_options cluster on m_options_n;
create materialized view zoo.m_on_m as
select n % 3 as rest, pg_catalog.count(*) as many, zoo.total(n) as total
from zoo.m_options
group by n % 3;
create materialized view zoo.m_on_view as
select code, id, twin from zoo.v_joins where code is not null;
create materialized view zoo.m_by_key as -- depends on the key, as does the view that it reads
select id, n from zoo.v_by_key;
create materialized view zoo.m_other_heap using zoo_heap as
select 1 as id, null::text as none, ''::text as empty;
create materialized view zoo.m_empty as
select id from zoo.no_row;
create materialized view zoo.m_values as
select id, twice, single from zoo.floats;

comment on materialized view zoo.m_plain is 'A materialized view.';
comment on column zoo.m_plain.b is 'A column of one.';
comment on index zoo.m_plain_id is 'An index of one.';
