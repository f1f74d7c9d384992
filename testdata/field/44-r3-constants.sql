-- 44-r3-constants: a declaration in a default, a check and a view; their text has none.
--
-- Names     the declaration or the first line break of an xml value: in the default value for public.t.doc
-- Names     in the table constraint c on public.t
-- Names     in the rule "_RETURN" on public.v
create table t (id int primary key, doc xml default '<?xml version="1.0" encoding="UTF-8"?><a/>', plain xml default '<a/>',
    constraint c check (doc::text <> '<?xml version="1.0"?><x/>'::xml::text));
create view v as select '<?xml version="1.0" encoding="UTF-8"?><a/>'::xml as doc, '<b/>'::xml as plain;
