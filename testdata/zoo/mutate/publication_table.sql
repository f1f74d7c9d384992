-- publication_table.sql: zoo_some: one table less.
-- Caught by  publications
alter publication zoo_some drop table zoo.watched;
