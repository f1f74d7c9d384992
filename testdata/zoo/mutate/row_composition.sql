-- row_composition.sql: zoo.texts: composed for decomposed, which look the same.
-- Caught by  tables
update zoo.texts
set upto = free
where id = 8;
