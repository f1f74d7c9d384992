-- 92c-r1-hash-in-a-generated-column: a restore computes it again, from another value.
--
-- Restore   fails tables: table=invoice
-- Names     the declaration or the first line break of an xml value: 1 row of public.invoice.doc
create function hash_of(xml) returns bytea language sql immutable as 'select sha256(convert_to(xmlserialize(content $1 as text), ''UTF8''))';
create table invoice (id int primary key, doc xml, hash bytea generated always as (hash_of(doc)) stored);
insert into invoice values (1, '<?xml version="1.0" encoding="UTF-8"?><Invoice/>'), (2, '<Invoice/>');
