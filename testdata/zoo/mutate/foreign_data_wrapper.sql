-- foreign_data_wrapper.sql: zoo_wrapper: one option less.
-- Caught by  foreign_servers
alter foreign data wrapper zoo_wrapper options (drop debug);
