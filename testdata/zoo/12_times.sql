-- 12_times.sql: dates, times and intervals with their edges.
--
-- Holds    infinities, BC, the first and the last moment, 24:00:00, microseconds
create table zoo.dates (
    id integer primary key,
    day date,
    moment timestamp,
    instant timestamptz,
    rounded timestamp(0),
    milli timestamptz(3)
);
insert into zoo.dates values
    (1, 'epoch', '1970-01-01 00:00:00', '1970-01-01 00:00:00+00', '1970-01-01', '1970-01-01 00:00:00+00'),
    (2, 'infinity', 'infinity', 'infinity', 'infinity', 'infinity'),
    (3, '-infinity', '-infinity', '-infinity', '-infinity', '-infinity'),
    (4, '4714-11-24 BC', '4714-11-24 00:00:00 BC', '4714-11-24 00:00:00+00 BC', '4714-11-24 BC', '4714-11-24 00:00:00+00 BC'),
    (5, '5874897-12-31', '294276-12-31 23:59:59.999999', '294276-12-31 23:59:59.999999+00', '294276-12-31 23:59:59', '294276-12-31 23:59:59.999+00'),
    (6, '0044-03-15 BC', '0044-03-15 00:00:00 BC', '0044-03-15 00:00:00+00 BC', '0044-03-15 BC', '0044-03-15 00:00:00+00 BC'),
    (7, '0044-03-15', '0044-03-15 00:00:00', '0044-03-15 00:00:00+00', '0044-03-15', '0044-03-15 00:00:00+00'),
    (8, '0001-01-01', '0001-01-01 00:00:00.000001', '0001-01-01 00:00:00.000001+00', '0001-01-01', '0001-12-31 23:59:59.999+00 BC'),
    (9, '2024-02-29', '2024-02-29 12:34:56.789012', '2024-02-29 12:34:56.789012+05:30', '2024-02-29 12:34:56.5', '2024-02-29 12:34:56.789512-09:30'),
    (10, '1999-12-31', '1999-12-31 23:59:59.999999', '1999-12-31 23:59:59.999999+15:59:59', '1999-12-31 23:59:59', '1899-12-31 23:59:59.001-15:59:59'),
    (11, null, null, null, null, null),
    (12, '2024-10-27', '2024-10-27 02:30:00', '2024-10-27 00:30:00+00', '2024-10-27 02:30:00', '2024-10-27 01:30:00+00'); -- an hour that occurs twice in Amsterdam

create table zoo.times (
    id integer primary key,
    clock time,
    zoned timetz,
    clock_3 time(3),
    zoned_0 timetz(0)
);
insert into zoo.times values
    (1, '00:00:00', '00:00:00+00', '00:00:00', '00:00:00+00'),
    (2, '24:00:00', '24:00:00-15:59:59', '24:00:00', '24:00:00+00'),
    (3, '23:59:59.999999', '23:59:59.999999+15:59:59', '23:59:59.999', '23:59:59-00:30'),
    (4, '00:00:00.000001', '00:00:00.000001-03:30', '00:00:00.001', '12:00:00+05:45'),
    (5, null, null, null, null),
    (6, '12:00:00', '12:00:00+01', '12:00:00', '11:00:00+00');

create table zoo.intervals (
    id integer primary key,
    span interval,
    months interval year to month,
    seconds interval second(3),
    day_hours interval day to hour
);
insert into zoo.intervals values
    (1, '0', '0', '0', '0'),
    (2, '178000000 years', '178000000 years 11 mons', '1.234 s', '9 days 9 hours'),
    (3, '-178000000 years', '-178000000 years -11 mons', '-1.234 s', '-9 days -9 hours'),
    (4, '2147483647 days', '1 mon', '0.001 s', '1 hour'),
    (5, '-2147483648 days', '-1 mon', '-0.001 s', '-1 hour'),
    (6, '2147483647:59:59.999999', null, null, null),
    (7, '1 mon -1 day +00:00:00.000001', '1 year -1 mon', '59.999 s', '1 day -1 hour'),
    (8, '-1 mon +1 day -00:00:00.000001', '-1 year +1 mon', '60 s', '-1 day +1 hour'),
    (9, '1 day', '12 mons', '86400 s', '24 hours'),
    (10, '24:00:00', '1 year', '1 s', '1 day'), -- one day and 24 hours: equal under =, not in their text
    (11, '30 days', '1 mon', '1 s', '720 hours'),
    (12, null, null, null, null),
    (13, 'P1Y2M3DT4H5M6.789012S', '0', '0', '0');
