-- row_array_bounds.sql: zoo.arrays: the same elements from another lower bound.
-- Caught by  tables
update zoo.arrays
set ints = '[-1:1]={1,NULL,3}'
where id = 4;
