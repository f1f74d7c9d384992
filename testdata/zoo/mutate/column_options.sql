-- column_options.sql: zoo.stored.main_text: n_distinct.
-- Caught by  columns
alter table zoo.stored alter column main_text set (n_distinct = -0.5);
