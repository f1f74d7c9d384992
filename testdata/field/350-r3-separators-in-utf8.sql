-- 350-r3-separators-in-utf8: the same in UTF-8, with characters of four bytes.
--
-- To        newer
create table t (b varchar(9), check (b in (E'\u2028', E'\u2029', '<&>', E'"\\/\b\f\n\r\t\x7f', '😀')));
create view v as select t.b, E'\u2028'::text as c from t where t.b in ('<a href="\">', E'\x1f', '😀');
insert into t values (E'\u2028'), ('😀');
