-- row_byte.sql: zoo.texts: one byte of one value of 100 kB.
-- Caught by  tables
update zoo.texts
set free = overlay(free placing '#' from 50000 for 1)
where id = 11;
