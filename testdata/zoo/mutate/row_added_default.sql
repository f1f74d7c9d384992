-- row_added_default.sql: zoo_part.fast_default: a value that only the catalog held.
-- Caught by  tables
update zoo_part.fast_default
set note = 'for new rows'
where id = 1;
