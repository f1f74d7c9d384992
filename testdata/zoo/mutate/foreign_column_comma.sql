-- foreign_column_comma.sql: zoo.far_away.n: one option becomes two that look like it.
-- Caught by  columns
alter foreign table zoo.far_away alter column n options (set list 'a', add number '1');
