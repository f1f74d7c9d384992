-- row_null_element.sql: zoo.composites: a NULL in an array in a composite becomes a row of NULLs.
-- Caught by  tables
update zoo.composites set deep.tail[2] = row(null, null)::zoo.pair where id = 3;
