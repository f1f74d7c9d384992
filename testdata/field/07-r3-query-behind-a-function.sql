-- 07-r3-query-behind-a-function: the query of a cursor, and a text search configuration, named without a schema.
--
-- Majors    13-16
-- Restore   error: public.m finds ours, which is in a string
create table docs (id int primary key, body text);
create text search configuration ours (copy = simple);
create materialized view m as select to_tsvector(('ours'::text)::regconfig, body) as v, xmlforest(query_to_xml('select count(*) from docs', true, false, '') as q) as x from docs;
insert into docs values (1, 'x');
refresh materialized view m;
