-- foreign_server_comma.sql: zoo_server: one option becomes two that look like it.
-- Caught by  foreign_servers
alter server zoo_server options (set list 'a', add x 'b');
