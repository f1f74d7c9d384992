-- 08-r1-defaults-of-database-and-role: the time zone is set on the database, the styles on a role in it.
--
-- Format    plain
-- Names     TimeZone = Asia/Kathmandu
alter database :"DBNAME" set timezone = 'Asia/Kathmandu';
select format('alter role %I in database %I set datestyle = ''SQL, DMY''', current_user, current_database()) \gexec
select format('alter role %I in database %I set intervalstyle = sql_standard', current_user, current_database()) \gexec
\c
create table shift (id int primary key, at timestamptz, took interval, check (at::text like '%+0545'));
insert into shift values (1, '2024-02-01 10:00+00', '-1 day -02:03:04'), (2, '2024-03-04 00:00+00', '-1 day +02:03:04'), (3, '12/05/2024', '1 year -2 mons');
create materialized view by_day as select id, at::date::text as day, took::text as took, to_char(at, 'TZ') as zone from shift;
create materialized view on_top as select day, ('01/02/2024'::text)::date - at::date as days from by_day join shift using (id);
