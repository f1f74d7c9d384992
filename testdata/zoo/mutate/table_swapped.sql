-- table_swapped.sql: zoo_many.many_10, many_19: two tables of one shape and length exchange their rows.
-- Caught by  tables
update zoo_many.many_10 set word = 'many_19';
update zoo_many.many_19 set word = 'many_10';
