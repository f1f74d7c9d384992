-- row_extension_type.sql: zoo_ext.extended: a key of a hstore.
-- Caught by  tables
update zoo_ext.extended
set bag = bag operator(zoo_ext.-) 'a'::text
where id = 2;
