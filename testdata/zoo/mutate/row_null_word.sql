-- row_null_word.sql: zoo.arrays: the element NULL becomes the text NULL.
-- Caught by  tables
update zoo.arrays
set words[1] = 'NULL'
where id = 3;
