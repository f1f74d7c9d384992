-- row_minus_zero.sql: zoo.floats: -0 becomes 0, which = calls equal.
-- Caught by  tables
update zoo.floats
set twice = 0
where id = 2;
