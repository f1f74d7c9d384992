-- row_trailing_space.sql: zoo.texts: a trailing space.
-- Caught by  tables
update zoo.texts
set upto = 'trailing'
where id = 11;
