-- row_interval.sql: zoo.intervals: 1 day becomes 24:00:00, which = calls equal.
-- Caught by  tables
update zoo.intervals
set span = '24:00:00'
where id = 9;
