-- extension_member.sql: zoo_ext.hstore_to_json of hstore: another cost.
-- Caught by  altered_objects
alter function zoo_ext.hstore_to_json(zoo_ext.hstore) cost 999;
