-- row_enum_partition.sql: zoo_part.by_mood: a row whose partition may differ after a restore.
-- Caught by  tables
update zoo_part.by_mood
set id = 1000
where id = 1;
