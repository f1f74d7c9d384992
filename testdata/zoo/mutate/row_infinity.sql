-- row_infinity.sql: zoo.dates: infinity becomes the last moment.
-- Caught by  tables
update zoo.dates
set moment = '294276-12-31 23:59:59.999999'
where id = 2;
