-- index_clustered.sql: zoo.clustered: without cluster.
-- Caught by  indexes
alter table zoo.clustered set without cluster;
