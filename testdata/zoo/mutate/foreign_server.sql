-- foreign_server.sql: zoo_server: one option.
-- Caught by  foreign_servers
alter server zoo_server options (set address 'mars');
