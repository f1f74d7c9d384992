-- row_microsecond.sql: zoo.dates: one microsecond.
-- Caught by  tables
update zoo.dates
set instant = instant + interval '0.000001 s'
where id = 9;
