-- user_mapping.sql: public on zoo_server: one option.
-- Caught by  foreign_servers
alter user mapping for public server zoo_server options (set word 'still not a secret');
