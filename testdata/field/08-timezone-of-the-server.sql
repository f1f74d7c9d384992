-- 08-timezone-of-the-server: materialized views of days and hours, on a server with another time zone than the copy.
--
-- Server    timezone=America/New_York
-- Names     restored under settings of the source
create table ev (id int primary key, at timestamptz); insert into ev select g, timestamptz '2024-01-01 00:30:00+00' + g * interval '3 hours' from generate_series(1,40) g;
create materialized view per_day as select date_trunc('day', at) as day, count(*) from ev group by 1;
create materialized view as_text as select id, at::date as d, to_char(at, 'YYYY-MM-DD HH24') as t from ev;
