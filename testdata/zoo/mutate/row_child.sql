-- row_child.sql: zoo_part.grandchild: a row of an inheritance child.
-- Caught by  tables
update only zoo_part.grandchild
set late = late + interval '1 day'
where id = 201;
