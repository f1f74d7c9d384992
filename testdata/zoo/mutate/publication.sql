-- publication.sql: zoo_all: publishes deletes too.
-- Caught by  publications
alter publication zoo_all set (publish = 'insert, delete, truncate');
