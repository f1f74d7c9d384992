-- 44-r2-fragments-and-copies: in inheritance, unlogged and temporary tables, in materialized views, beside a version that is not 1.0.
--
-- Names     1 row of public.base.doc
-- Names     1 row of public.child.doc
-- Names     1 row of public.fast.doc
-- Unnamed   public.m
create table base (id int, doc xml);
create table child () inherits (base);
create unlogged table fast (doc xml);
create temporary table here (doc xml);
insert into base values (1, '<?xml version="1.1"?><a/>'), (2, E'<?xml version="1.0" standalone="no"?>\n<!-- c --><a>&#233;</a>'), (3, '<a/> text <b/>'), (4, E'\n\n<a/>');
insert into child values (5, xmlparse(document '<?xml version="1.0"?><a b="1"/>'));
insert into fast values ('<?xml version=''1.0''?><a/>'), (xmlelement(name a)), (xmlroot('<a/>'::xml, version no value));
insert into here values ('<?xml version="1.0"?><a/>');
create materialized view m as select doc from base where id = 3;
