-- foreign_table.sql: zoo.far_away: one option.
-- Caught by  foreign_servers
alter foreign table zoo.far_away options (set "limit" '11');
