-- foreign_table_comma.sql: zoo.far_away: one option becomes two that look like it.
-- Caught by  foreign_servers
alter foreign table zoo.far_away options (set words 'a', add x 'b');
