-- access_method.sql: zoo_spare: one that was not in the dump.
-- Caught by  access_methods
create access method zoo_spare type table handler pg_catalog.heap_tableam_handler;
