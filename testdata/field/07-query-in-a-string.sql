-- 07-query-in-a-string: ts_stat takes a query as text, which finds its table through the search_path.
--
-- Majors    13-16
-- Restore   error: public.words runs a query in a string that finds documents through the search_path
create table documents (id int primary key, body text);
insert into documents values (1, 'hello world');
create materialized view words as select word, ndoc from ts_stat('select to_tsvector(''simple'', body) from documents');
