-- 44-r1-deep-and-alone: xml in arrays, domains, composites and partitions, line breaks before and after a declaration; values that lose nothing are not named.
--
-- Names     1 row of public.x.list
-- Names     2 rows of public.x."d ""%s"
-- Names     1 row of public.x.deep
-- Names     1 row of public.even.doc
create domain doc as xml;
create type part as (n int, docs doc[]);
create table x (id int primary key, list xml[], "d ""%s" doc, deep part[], same xml);
insert into x values
    (1, array['<?xml version="1.0"?><a/>'::xml, '<a/>', null], '<?xml version="1.0"?><a/>', null, '<?xml version="1.0" standalone="yes"?><a/>'),
    (2, '{<a/>}', E'<?xml version="1.0" encoding="UTF-8"?><a/>', array[row(1, array[null, '<?xml version="1.0"?><b/>'::xml])::part, null], ' <a/>'),
    (3, null, '<a/>', '{}', null);
create table p (id int, doc xml) partition by list (id);
create table even partition of p for values in (2);
create table odd partition of p for values in (1);
insert into p values (1, '<a/>'), (2, E'<?xml version="1.0"?>\n\n<a/>');
create index on x (id) where lower('A') = 'a';
