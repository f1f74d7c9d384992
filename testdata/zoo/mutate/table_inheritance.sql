-- table_inheritance.sql: zoo_part.two_parents: one parent less.
-- Caught by  relations
alter table zoo_part.two_parents no inherit zoo_part.left_parent;
