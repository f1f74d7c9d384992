-- row_empty.sql: zoo.texts: NULL becomes ''.
-- Caught by  tables
update zoo.texts
set upto = ''
where id = 2;
