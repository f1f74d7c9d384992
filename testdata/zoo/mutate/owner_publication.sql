-- owner_publication.sql: zoo_some: another owner
-- Caught by  privileges
alter publication zoo_some owner to pg_monitor;
