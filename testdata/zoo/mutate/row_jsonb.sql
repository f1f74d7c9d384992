-- row_jsonb.sql: zoo.jsons: 1.00 becomes 1.0 deep in a jsonb, which = calls equal.
-- Caught by  tables
update zoo.jsons
set parsed = '[1.0, 1.0, 0, 1E5, 1e-5, 0.10]'
where id = 8;
