-- 09b-r2-configuration-of-a-role: an index, a generated column and a view beside one that names its configuration.
--
-- Format    plain
alter database :"DBNAME" set default_text_search_config = 'pg_catalog.french';
\c
create table t (id int primary key, body text, v tsvector generated always as (to_tsvector('english', body)) stored, check (to_tsvector(body) @@ to_tsquery('chevaux')));
insert into t values (1, 'le cheval court');
create index on t using gin (to_tsvector('pg_catalog.french', body));
create materialized view m as select to_tsvector(body) as v, plainto_tsquery(body) as q, ts_headline(body, to_tsquery('cheval')) as h from t;
