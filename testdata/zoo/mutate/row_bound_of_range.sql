-- row_bound_of_range.sql: zoo.ranges: a bound of a range of floats loses its sign.
-- Caught by  tables
update zoo.ranges set floats = '[0,NaN]' where id = 3;
