-- column_storage.sql: zoo.stored.main_text: storage.
-- Caught by  columns
alter table zoo.stored alter column main_text set storage extended;
