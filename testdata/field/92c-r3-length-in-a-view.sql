-- 92c-r3-length-in-a-view: a materialized view over the bytes of the value differs, and the dump has named why.
--
-- Restore   fails materialized_views: sizes
-- Names     the declaration or the first line break of an xml value: 1 row of public.doc.x
create table doc (id int primary key, x xml);
insert into doc values (1, '<?xml version="1.0" encoding="UTF-8"?><Invoice/>');
create materialized view sizes as select id, length(xmlserialize(content x as text)) as n from doc;
