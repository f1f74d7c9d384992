-- row_json_space.sql: zoo.jsons: white space in a json.
-- Caught by  tables
update zoo.jsons
set kept = '[ ]'
where id = 5;
