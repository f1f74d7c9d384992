-- foreign_column.sql: zoo.far_away.n: one option of a column.
-- Caught by  columns
alter foreign table zoo.far_away alter column n options (set key 'no');
