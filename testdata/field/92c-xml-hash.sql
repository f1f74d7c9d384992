-- 92c-xml-hash: a signature over the bytes of an xml value does not hold in the copy.
--
-- Names     the declaration or the first line break of an xml value: 1 row of public.invoice.doc
create table invoice (id int primary key, doc xml, signature bytea);
insert into invoice select 1, d, sha256(convert_to(xmlserialize(document d as text), 'UTF8')) from (select '<?xml version="1.0" encoding="UTF-8"?><Invoice><Total>5</Total></Invoice>'::xml as d) s;
create view bad as select count(*) from invoice where sha256(convert_to(xmlserialize(document doc as text), 'UTF8')) <> signature;
