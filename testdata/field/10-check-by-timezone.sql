-- 10-check-by-timezone: a check on the day of a timestamp, which holds only in the time zone of the server.
--
-- Server    timezone=America/New_York
-- Names     restored under settings of the source
create table shift (id int primary key, at timestamptz, day date, check (at::date = day));
insert into shift values (1, timestamptz '2024-01-01 23:30:00 America/New_York', '2024-01-01');
