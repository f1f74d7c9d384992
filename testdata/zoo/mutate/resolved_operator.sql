-- resolved_operator.sql: zoo.v_same: another operator in the same text.
-- Caught by  resolved
set search_path = zoo, pg_catalog;
create or replace view zoo.v_same as
select v.a is distinct from v.b as differs from (values ('a'::name, 'b'::name)) as v (a, b);
