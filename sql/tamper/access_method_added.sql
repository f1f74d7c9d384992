-- access_method_added.sql: an access method that was not dumped.
--
-- Who       a superuser
-- Caught by record/invariant/access_methods
create access method smuggled type table handler heap_tableam_handler;
