-- 38b-styles-of-the-server: a materialized view that converts values to text, on a server with other output styles.
--
-- Server    datestyle=German; intervalstyle=iso_8601; extra_float_digits=-3; bytea_output=escape
-- Names     restored under settings of the source
create table ev (id int primary key, at timestamptz, amount interval, b bytea, d date); insert into ev values (1,'2024-01-01 23:30+00','1 day 2 hours','\x00ff','2024-02-03');
create materialized view m as select id, at::text as t, amount::text as a, b::text as bt, d::text as dt, to_char(at,'TMDay') as day from ev;
