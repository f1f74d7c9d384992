-- 08-r2-function-that-claims-to-be-immutable: a generated column and an index by a function that depends on the time zone.
--
-- Server    timezone=Pacific/Chatham
create function local_day(at timestamptz) returns date language sql immutable as 'select at::date';
create table visit (id int primary key, at timestamptz, day date generated always as (local_day(at)) stored);
insert into visit (id, at) select n, timestamptz '2024-01-01 00:00+00' + n * interval '5 hours' from generate_series(1, 20) as n;
create unique index on visit (local_day(at), id);
create domain local_hour as text check (value = to_char(value::timestamptz, 'YYYY-MM-DD HH24:MI:SSOF'));
create table said (h local_hour);
insert into said select to_char(at, 'YYYY-MM-DD HH24:MI:SSOF') from visit;
