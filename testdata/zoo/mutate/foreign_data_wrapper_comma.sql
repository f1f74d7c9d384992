-- foreign_data_wrapper_comma.sql: zoo_wrapper: one option becomes two that look like it.
-- Caught by  foreign_servers
alter foreign data wrapper zoo_wrapper options (set list 'a', add x 'b');
