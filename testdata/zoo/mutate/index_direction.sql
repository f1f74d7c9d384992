-- index_direction.sql: zoo.indexed_directions: nulls first becomes last.
-- Caught by  indexes
drop index zoo.indexed_directions;
create index indexed_directions on zoo.indexed (a desc, b asc, c desc nulls last, id asc nulls last);
