-- row_infinite_interval_needs17.sql: zoo_new.intervals_17: infinity changes its sign.
-- Caught by  tables
update zoo_new.intervals_17
set span = '-infinity'
where id = 1;
