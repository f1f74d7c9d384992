-- 92c-r2-check-on-the-bytes: a check and a unique index on a part of the value that the text form loses.
--
-- Restore   error: it reads more than its row
-- Names     the declaration or the first line break of an xml value: 2 rows of public.invoice.doc
create table invoice (id int primary key, doc xml, check (xmlserialize(content doc as text) like '<?xml%'));
create unique index on invoice ((xmlserialize(content doc as text) collate "C"));
insert into invoice values (1, '<?xml version="1.0" encoding="UTF-8"?><Invoice/>'), (2, '<?xml version="1.0" encoding="LATIN1"?><Invoice/>');
