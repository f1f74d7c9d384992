-- sequence_behind.sql: zoo.serials_n_seq: behind the data, so that the next insert fails.
-- Caught by  sequences
select pg_catalog.setval('zoo.serials_n_seq', 1);
