-- table_replica_identity.sql: zoo.replica_full: replica identity.
-- Caught by  relations
alter table zoo.replica_full replica identity default;
