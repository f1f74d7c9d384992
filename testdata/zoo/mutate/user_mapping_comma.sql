-- user_mapping_comma.sql: the user mapping of zoo_server: one option becomes two that look like it.
-- Caught by  foreign_servers
alter user mapping for public server zoo_server options (set list 'a', add x 'b');
