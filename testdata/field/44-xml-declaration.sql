-- 44-xml-declaration: the declaration of an xml value is not part of its text form, so no archive holds it.
--
-- Names     the declaration or the first line break of an xml value: 2 rows of public.x.d
create table x (id int primary key, d xml);
insert into x values (1, '<?xml version="1.0" encoding="UTF-8"?><a>é</a>'), (2, '<?xml version="1.0" encoding="ISO-8859-1" standalone="yes"?><a/>'), (3, '<a/>');
