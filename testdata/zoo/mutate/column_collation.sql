-- column_collation.sql: zoo.texts.pinned: collation; the rows do not show it.
-- Caught by  columns
alter table zoo.texts alter column pinned type text collate "default";
