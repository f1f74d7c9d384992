-- row_scale.sql: zoo.numerics: 1.00 becomes 1.0, which = calls equal.
-- Caught by  tables
update zoo.numerics
set free = 1.0
where id = 4;
