-- time.sql: timestamps that a text form, a time zone or rounding could change.
--
-- Inserts  one event per timestamp, named in id
-- Golden   every payload shows the timestamp in UTC to the microsecond
insert into public.audit_events
    (id, actor, actor_type, action, resource_type, resource_id, details, "timestamp")
select id, 'clock', 'service', 'time.' || id, 'moment', id, jsonb_build_object('n', n), moment
from (
    values
        (1, 'first-microsecond', timestamptz '2026-03-01 00:00:00.000001+00'),
        (2, 'last-microsecond', '2026-03-01 00:00:00.999999+00'),
        (3, 'whole-second', '2026-03-01 00:00:01+00'),
        (4, 'trailing-zeros', '2026-03-01 00:00:01.100000+00'),
        -- New York springs forward: 01:59:59.999999 EST is followed by 03:00 EDT.
        (5, 'before-spring-forward', '2026-03-08 01:59:59.999999-05'),
        (6, 'after-spring-forward', '2026-03-08 03:00:00-04'),
        -- and falls back: 01:30 occurs twice.
        (7, 'fall-back-first-0130', '2026-11-01 01:30:00-04'),
        (8, 'fall-back-second-0130', '2026-11-01 01:30:00-05'),
        (9, 'same-moment-in-kolkata', '2026-11-01 12:00:00+05:30'),
        (10, 'same-moment-in-st-johns', '2026-11-01 03:00:00-03:30'),
        (11, 'same-moment-in-utc', '2026-11-01 06:30:00+00'),
        (12, 'first-that-the-table-admits', '0001-01-01 00:00:00+00'),
        (13, 'last-that-the-table-admits', '9999-12-31 23:59:59.999999+00'),
        (14, 'before-1970', '1969-12-31 23:59:59.999999+00'),
        (15, 'epoch', '1970-01-01 00:00:00+00'),
        (16, 'before-2000', '1999-12-31 23:59:59.999999+00'),
        (17, 'gregorian-reform', '1582-10-10 12:00:00+00'),
        (18, 'leap-day', '2024-02-29 23:59:59.5+00'),
        (19, 'no-leap-day-in-1900', '1900-03-01 00:00:00+00'),
        (20, 'local-mean-time', '1880-01-01 00:00:00-04:56:02'),
        (21, 'end-of-32-bit-time', '2038-01-19 03:14:08+00'),
        -- Time goes back while seq advances, and stands still.
        (22, 'equal-1', '2026-03-01 12:00:00+00'),
        (23, 'equal-2', '2026-03-01 12:00:00+00'),
        (24, 'equal-3', '2026-03-01 12:00:00+00'),
        (25, 'backwards-1', '2026-03-01 11:00:00+00'),
        (26, 'backwards-2', '2026-03-01 10:59:59.999999+00')
) as hazard (n, id, moment)
order by n;
