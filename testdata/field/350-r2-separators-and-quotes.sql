-- 350-r2-separators-and-quotes: characters that JSON escapes, in constants of an SQL_ASCII database.
--
-- Encoding  SQL_ASCII
-- To        newer
create table t (b varchar(9), check (b in (E'\xe2\x80\xa8', E'\xe2\x80\xa9', '<&>', E'"\\/\b\f\n\r\t\x7f', 'x')));
create view v as select t.b, E'\xe2\x80\xa8'::text as c from t where t.b in ('<a href="\">', E'\x1f');
insert into t values (E'\xe2\x80\xa8'), ('x');
