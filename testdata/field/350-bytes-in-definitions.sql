-- 350-bytes-in-definitions: bytes that are no UTF-8 in definitions of an SQL_ASCII database, which this and newer majors print in another way.
--
-- Encoding  SQL_ASCII
-- To        newer
create table t (a text, b varchar(3));
insert into t values (E'\xff\xfe', E'\xe4');
create view v as select t.a, E'\xe9'::text as c from t where t.b in (E'\xe4', 'x') and (t.a <> E'\xe8' and t.a is not null);
create materialized view m as select t.a from t where t.b in (E'\xe4', 'x');
