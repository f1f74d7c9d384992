-- 07-r1-table-to-xml: query_to_xml takes a query as text, too.
--
-- Majors    13-16
-- Restore   error: public.counted runs a query in a string that finds documents through the search_path
create table documents (id int primary key, body text);
create materialized view counted as select query_to_xml('select count(*) from documents', false, false, '')::text as x;
