-- 10-r1-checks-by-styles: checks that hold only under the styles of the database in which values are read and written.
--
-- Names     DateStyle = SQL, DMY
alter database :"DBNAME" set datestyle = 'SQL, DMY';
alter database :"DBNAME" set intervalstyle = 'iso_8601';
alter database :"DBNAME" set extra_float_digits = 0;
alter database :"DBNAME" set bytea_output = 'escape';
\c
create domain as_text as text check (value::date >= '2024-04-03');
create table t (id int primary key, said text, day date, took interval, f float8, b bytea, d as_text,
    check (said::date = day), check (took::text like 'PT%'), check (f::text = '0.3'), check (b::text = 'ab'), check (day::text like '03/04/%'));
insert into t values (1, '03/04/2024', '2024-04-03', '1 hour', 0.1::float8 + 0.2::float8, 'ab', '04/04/2024');
