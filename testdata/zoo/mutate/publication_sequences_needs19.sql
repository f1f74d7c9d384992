-- publication_sequences_needs19.sql: zoo_everything_but: no sequences any more.
-- Caught by  publications
alter publication zoo_everything_but set all tables except (table zoo.checks);
