-- column_view_default.sql: zoo.v_default.note: the default of a column of a view.
-- Caught by  columns
alter view zoo.v_default alter column note drop default;
